import type { Random } from "../../testing/random.ts";

/** What takes time. */
export type Leg =
  | "to-keeper"
  | "from-keeper"
  | "to-mirror"
  | "from-mirror"
  | "kv-read"
  | "kv-put"
  | "colo-read"
  | "colo-put"
  | "to-origin"
  | "from-origin"
  | "to-database"
  | "from-database"
  | "notice";

/** What goes wrong. */
export type Mishap =
  | "call-lost"
  | "answer-lost"
  | "kv-read-fails"
  | "kv-put-fails"
  | "kv-put-ambiguous"
  | "kv-put-late"
  | "colo-fails"
  | "colo-loses"
  | "colo-breaks"
  | "colo-put-fails"
  | "colo-put-late"
  | "origin-fails"
  | "origin-errs"
  | "pull-fails"
  | "pull-answer-lost"
  | "notice-lost"
  | "notice-twice"
  | "nudge-lost"
  | "nudge-twice"
  | "to-another-instance"
  | "to-another-mirror";

/** How long things take in calm weather. */
const CALM: Readonly<Record<Leg, number>> = {
  "to-keeper": 10,
  "from-keeper": 10,
  "to-mirror": 2,
  "from-mirror": 2,
  "kv-read": 5,
  "kv-put": 5,
  "colo-read": 1,
  "colo-put": 1,
  "to-origin": 10,
  "from-origin": 10,
  "to-database": 10,
  "from-database": 10,
  notice: 20,
};

/** One message that is overtaken by others. */
export interface LateMessage {
  /** How many messages on the same leg go before it. */
  readonly after: number;
  /** In milliseconds. */
  readonly takes: number;
}

/** How likely each mishap is. */
export type Odds = Readonly<Partial<Record<Mishap, number>>>;

/** How long things take and what goes wrong, by chance or as told. */
export class Weather {
  #isCalm: boolean;
  readonly #originSlowness: number;
  #odds: Odds;
  readonly #fixed = new Map<Leg, number>();
  readonly #late = new Map<Leg, LateMessage>();
  readonly #count: (mishap: Mishap) => void;

  constructor(isCalm: boolean, originSlowness: number, odds: Odds, count: (mishap: Mishap) => void) {
    this.#isCalm = isCalm;
    this.#originSlowness = originSlowness;
    this.#odds = odds;
    this.#count = count;
  }

  /** From now on this leg takes this long; null: as before. */
  fix(leg: Leg, milliseconds: number | null): void {
    if (milliseconds === null) this.#fixed.delete(leg);
    else this.#fixed.set(leg, milliseconds);
  }

  /** One message on this leg will take this long: the next, or the one after so many. */
  fixOne(leg: Leg, { after, takes }: LateMessage): void {
    this.#late.set(leg, { after, takes });
  }

  /** Calm from now on. */
  clear(): void {
    this.#isCalm = true;
    this.#odds = {};
    this.#fixed.clear();
    this.#late.clear();
  }

  delay(leg: Leg, random: Random): number {
    const late = this.#late.get(leg);
    if (late !== undefined) {
      if (late.after > 0) {
        this.#late.set(leg, { ...late, after: late.after - 1 });
      } else {
        this.#late.delete(leg);
        return late.takes;
      }
    }
    const fixed = this.#fixed.get(leg);
    if (fixed !== undefined) return fixed;
    if (this.#isCalm) return CALM[leg];
    const slowness = leg.endsWith("origin") ? this.#originSlowness : 1;
    return slowness * mostlyShort(random);
  }

  happens(mishap: Mishap, random: Random): boolean {
    const odds = this.#odds[mishap];
    if (odds === undefined || !random.chance(odds)) return false;
    this.#count(mishap);
    return true;
  }
}

function mostlyShort(random: Random): number {
  const kind = random.next();
  if (kind < 0.6) return 1 + random.next() * 30;
  return kind < 0.96 ? 30 + random.next() * 300 : 300 + random.next() * 4_000;
}
