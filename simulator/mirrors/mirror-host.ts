import type { Position } from "../../src/keeper/protocol/position.ts";
import type { Mirror } from "../../src/mirror/mirror.ts";
import type { MirrorSettings } from "../../src/mirror/ports.ts";
import { Random } from "../../testing/random.ts";
import type { CutFrom } from "../history/history.ts";
import type { Conditions } from "../model/conditions.ts";
import type { KeeperHost } from "../model/keeper-host.ts";
import { keeperSettings } from "../model/keeper-settings.ts";
import { type Callee, callsOver } from "../platform/line.ts";
import { Machine } from "../platform/scope.ts";
import { MirrorInstance } from "./mirror-instance.ts";

/** The gateway gives a mirror's own calls half of what an isolate waits. */
const DEADLINES = { syncMs: 1_000, fillMs: 5_000 };

/** A mirror's Durable Object: one instance after another, at times two at once. */
export class MirrorHost implements Callee<Mirror> {
  readonly name: string;
  readonly #conditions: Conditions;
  readonly #keeper: KeeperHost;
  #instance: MirrorInstance | null = null;
  readonly #others = new Set<MirrorInstance>();
  readonly #cutUntil: Record<CutFrom, number> = {
    keeper: Number.NEGATIVE_INFINITY,
    isolates: Number.NEGATIVE_INFINITY,
  };

  constructor(name: string, conditions: Conditions, keeper: KeeperHost) {
    this.name = name;
    this.#conditions = conditions;
    this.#keeper = keeper;
  }

  /** Started on its first call. */
  get instance(): MirrorInstance {
    this.#instance ??= this.#start();
    return this.#instance;
  }

  /** Most calls meet the newest instance, some an older one that is still there. */
  call<T>(random: Random, work: (mirror: Mirror) => Promise<T>): Promise<T> {
    const [other] = this.#others;
    const strays = other !== undefined && this.#conditions.weather.happens("to-another-mirror", random);
    return (strays ? other : this.instance).call(random, work);
  }

  isCutFrom(side: CutFrom): boolean {
    return this.#conditions.timeline.now < this.#cutUntil[side];
  }

  cut(side: CutFrom, lasts: number): void {
    this.#cutUntil[side] = this.#conditions.timeline.now + lasts;
  }

  /** The keeper's nudge, which may be lost, late or come twice, and overtake another. */
  nudge(position: Position, random: Random): Promise<void> {
    const { timeline, weather } = this.#conditions;
    const deliver = async () => {
      await timeline.sleep(weather.delay("notice", random));
      if (weather.happens("nudge-lost", random) || this.isCutFrom("keeper")) throw new Error("lost");
      await this.call(random, (mirror) => mirror.nudge(position));
    };
    if (weather.happens("nudge-twice", random)) deliver().catch(() => {});
    return deliver();
  }

  /** The instance and its memory are gone; the next one starts on the next call. */
  crash(): void {
    this.#instance?.scope.end();
    this.#instance = null;
  }

  /** Another instance starts, and this one goes on answering for a while. */
  supersede(lasts: number): void {
    const old = this.#instance;
    if (!old) return;
    this.#instance = null;
    this.#others.add(old);
    this.#conditions.timeline.after(lasts, () => {
      old.scope.end();
      this.#others.delete(old);
    });
  }

  end(): void {
    this.crash();
    for (const old of this.#others) old.scope.end();
  }

  #start(): MirrorInstance {
    const { build, timeline, weather, random, settings, tally } = this.#conditions;
    const machine = new Machine(settings.isCalm ? -4_444.25 : (random.next() - 0.5) * 20_000);
    this.#conditions.objects.push(machine);
    const line = { to: "to-keeper", from: "from-keeper", callee: this.#keeper } as const;
    return new MirrorInstance({
      ...{ build, timeline, machine },
      random: Random.spread(random.below(2 ** 31)),
      settings: this.#settings(),
      keeper: callsOver({ ...line, timeline, weather, isCut: () => this.isCutFrom("keeper") }, (call) =>
        tally.answer(`keeper asked by a mirror: ${call}`),
      ),
    });
  }

  #settings(): MirrorSettings {
    const { settings } = this.#conditions;
    const { tables } = keeperSettings(settings, this.#keeper.configHash);
    const { refillsPerMinute = 0, memoryBytes = 0 } = settings.mirrors ?? {};
    return {
      configHash: this.#keeper.configHash,
      ...{ tables, refillsPerMinute, memoryBytes, deadlines: DEADLINES },
      signedIn: settings.signedIn !== null,
    };
  }
}
