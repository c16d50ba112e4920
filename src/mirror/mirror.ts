import type { AudienceAnswer, AudienceRequest } from "../keeper/protocol/audience.ts";
import type { FillAnswer, FillRequest } from "../keeper/protocol/fill.ts";
import { MIRROR_REMEMBERED_MS, type MirrorCalls } from "../keeper/protocol/mirrors.ts";
import type { Position } from "../keeper/protocol/position.ts";
import type { SyncAnswer, SyncRequest } from "../keeper/protocol/sync.ts";
import { SteadyClock, TICK_MS } from "../runtime/steady-clock.ts";
import { FenceCopy } from "./fence-copy.ts";
import { inTime } from "./in-time.ts";
import { KeeperSyncs } from "./keeper-syncs.ts";
import { MirrorFills } from "./mirror-fills.ts";
import { MirrorRefills } from "./mirror-refills.ts";
import { MirrorSyncs } from "./mirror-syncs.ts";
import { Nudges } from "./nudges.ts";
import type { MirrorPorts, MirrorSettings } from "./ports.ts";
import { RememberedBodies } from "./remembered-bodies.ts";
import { UsageSum } from "./usage-sum.ts";

/**
 * Repeats near readers what the keeper said, with its age. A proof is a statement about the keeper at a moment: told later,
 * with the time that has passed, it is still true. So a mirror has no storage, no trust and no say of its own; what it
 * forgets it asks for again. docs/design/mirrors.md numbers the rules.
 */
export class Mirror implements MirrorCalls {
  readonly #keeper: MirrorPorts["keeper"];
  readonly #settings: MirrorSettings;
  readonly #clock: SteadyClock;
  readonly #copy = new FenceCopy();
  readonly #usage = new UsageSum();
  readonly #bodies: RememberedBodies;
  readonly #syncs: MirrorSyncs;
  readonly #fills: MirrorFills;
  readonly #nudges: Nudges;
  /** As its callers call it. Null: nobody has, so the keeper does not hear of it. */
  #name: string | null = null;
  /** When an isolate last asked. */
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: MirrorPorts, settings: MirrorSettings) {
    this.#settings = settings;
    const keeper = () => {
      this.#usage.keeperCalled();
      return ports.keeper();
    };
    this.#keeper = keeper;
    const clock = new SteadyClock(ports.clock, TICK_MS);
    const copy = this.#copy;
    const bodies = new RememberedBodies(settings.memoryBytes, settings.signedIn);
    const syncs = new KeeperSyncs({
      ...{ clock, copy },
      ask: (asked) => this.#ask(asked),
      deadlineMs: settings.deadlines.syncMs,
      learned: () => refills.refused(),
    });
    this.#clock = clock;
    this.#bodies = bodies;
    this.#syncs = new MirrorSyncs({ copy, syncs });
    this.#fills = new MirrorFills({
      ...{ clock, keeper, copy, bodies, settings },
      served: (key) => this.#usage.read(key),
    });
    const refills = new MirrorRefills({
      ...{ clock, copy, bodies, settings },
      forward: (request) => this.#fills.forward(request),
    });
    this.#nudges = new Nudges({ clock, copy, syncs, settings });
    // Nobody knows how much time has really passed.
    clock.onStep = () => {
      copy.forget();
      syncs.forget();
      bodies.forgetBegins();
      this.#fills.forget();
    };
  }

  /** @throws MirrorError, or whatever the keeper throws: the caller asks the keeper */
  async sync(request: SyncRequest): Promise<SyncAnswer> {
    const arrival = this.#clock.now();
    if (request.configHash !== this.#settings.configHash) return { kind: "refused", reason: "configuration" };
    this.#name = request.mirror ?? this.#name;
    this.#askedAt = arrival;
    const answer = await this.#syncs.sync(request, arrival);
    // Only now: a caller that gets no answer takes its report to the keeper itself.
    this.#usage.add(request.report);
    for (const key of request.report?.keysRead ?? []) this.#bodies.get(key);
    return answer;
  }

  /** @throws MirrorError, or whatever the keeper throws: the caller asks the keeper */
  async fill(request: FillRequest): Promise<FillAnswer> {
    const arrival = this.#clock.now();
    if (request.configHash !== this.#settings.configHash) return { kind: "refused", reason: "configuration" };
    return this.#fills.fill(request, arrival);
  }

  /**
   * What the keeper says of a bearer is for the asker alone, and the token is not kept (S8, S9).
   *
   * @throws as `fill`
   */
  async audience(request: AudienceRequest): Promise<AudienceAnswer> {
    return inTime(this.#clock, this.#settings.deadlines.fillMs, () => this.#keeper().audience(request));
  }

  /** The keeper has raised marks. That proves nothing, and is a reason to sync (M4). */
  async nudge(position: Position): Promise<void> {
    this.#nudges.nudged(position);
  }

  async #ask(asked: Pick<SyncRequest, "since" | "boundMs" | "token" | "client">): Promise<SyncAnswer> {
    // First, so that the report counts this very call.
    const keeper = this.#keeper();
    const report = this.#usage.take(this.#name);
    // One that nobody asks any more is not nudged for ever, for its own syncs.
    const isAsked = this.#clock.now() - this.#askedAt < MIRROR_REMEMBERED_MS;
    const mirror = isAsked ? this.#name : null;
    const { configHash } = this.#settings;
    try {
      // A keeper that refuses has still taken the report.
      return await keeper.sync({ configHash, ...asked, report, ...(mirror !== null && { mirror }) });
    } catch (error) {
      this.#usage.add(report);
      throw error;
    }
  }
}
