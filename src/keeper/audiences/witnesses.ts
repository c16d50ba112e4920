import { Lru } from "../../runtime/lru.ts";

/** So often somebody must have got the same answer as somebody else before one person's is given to the next. */
const WITNESSES = 3;

/** A difference that no change explains counts when it is seen this often: an answer may have crossed a change. */
const DIFFERENCES = 2;

/** Scopes that are remembered. One that is forgotten is compared again. */
const SCOPES_MAX = 2_000;

/** More condemned scopes than this, and none is trusted. */
const CONDEMNED_MAX = 500;

/** Condemned scopes that are told to people. */
const TOLD_MAX = 20;

/** The keeper's storage of single values. */
interface Notes {
  text(name: string): string | null;
  set(name: string, value: string): void;
}

/** Where the condemned scopes are stored. Another generation empties it. */
export const CONDEMNED = "condemned";

/** Characters: a row of the storage holds 2 MB. */
const NOTE_MAX_LENGTH = 400_000;

interface Seen {
  /** Who got the same answer as somebody else. Of two readers, each has to find so in turn. */
  readonly agreed: readonly string[];
  readonly differed: number;
}

const NOTHING: Seen = { agreed: [], differed: 0 };

/**
 * What was seen when the answers of two people of one audience were compared (S10). A scope is a set of relations and
 * claims: what was understood of it was understood once, for all of its queries.
 */
export class Witnesses {
  #seen = empty();
  readonly #notes: Notes;
  /** Relations, roles and names of claims only, so it may be stored: the next instance must not learn it the hard way. */
  readonly #condemned: Set<string>;

  constructor(notes: Notes) {
    this.#notes = notes;
    this.#condemned = new Set(JSON.parse(notes.text(CONDEMNED) ?? "[]") as string[]);
  }

  /** Whether answers of this scope may be given to anybody of their audience. */
  trusts(scope: string): boolean {
    return !this.isCondemned(scope) && (this.#seen.get(scope) ?? NOTHING).agreed.length >= WITNESSES;
  }

  /** The last of the condemned scopes, and the latest first. Of whatever is beyond them, `isCondemned` tells. */
  get condemned(): readonly string[] {
    return [...this.#condemned].slice(-TOLD_MAX).reverse();
  }

  /** Whether the answers of this scope turned out to depend on more than is understood. */
  isCondemned(scope: string): boolean {
    return this.#condemned.has(scope) || this.#condemned.size >= CONDEMNED_MAX;
  }

  /** @param subject who got the same answer as somebody else */
  agreed(scope: string, subject: string): void {
    const { agreed, differed } = this.#seen.get(scope) ?? NOTHING;
    if (agreed.at(-1) === subject || agreed.length >= WITNESSES) return;
    this.#seen.set(scope, { agreed: [...agreed, subject], differed }, 1);
  }

  /** Two answers differed; whether a change explains it is not known yet. What was seen before does not count. */
  doubted(scope: string): void {
    const { differed } = this.#seen.get(scope) ?? NOTHING;
    this.#seen.set(scope, { agreed: [], differed }, 1);
  }

  /** No change explains the difference. @returns whether the scope is condemned by that */
  differed(scope: string): boolean {
    const { differed } = this.#seen.get(scope) ?? NOTHING;
    this.#seen.set(scope, { agreed: [], differed: differed + 1 }, 1);
    if (differed + 1 < DIFFERENCES || this.#condemned.has(scope)) return false;
    this.#condemned.add(scope);
    this.#note();
    return true;
  }

  /** What was seen agreed under other circumstances. What differed still does. */
  forget(): void {
    this.#seen = empty();
  }

  /** Another generation has begun: everything may be understood anew. */
  clear(): void {
    this.forget();
    this.#condemned.clear();
  }

  #note(): void {
    const text = JSON.stringify([...this.#condemned]);
    if (text.length <= NOTE_MAX_LENGTH) this.#notes.set(CONDEMNED, text);
  }
}

function empty(): Lru<Seen> {
  return new Lru({ maxBytes: Number.POSITIVE_INFINITY, maxEntries: SCOPES_MAX });
}
