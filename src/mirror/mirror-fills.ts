import type { KeeperCalls } from "../keeper/protocol/calls.ts";
import type { FillAnswer, FillRequest } from "../keeper/protocol/fill.ts";
import type { SteadyClock } from "../runtime/steady-clock.ts";
import type { FenceCopy } from "./fence-copy.ts";
import { inTime } from "./in-time.ts";
import { judge } from "./judge.ts";
import type { MirrorSettings } from "./ports.ts";
import { bodyOf, type RememberedBodies, type RememberedBody } from "./remembered-bodies.ts";

/** A fill that the keeper was asked for. */
interface Forwarded {
  /** Whose token it was asked with. Null: everybody gets the same. */
  readonly owner: string | null;
  /** Its deadline. Past it nobody joins. */
  readonly until: number;
  /** The clock was set back since it began, so what it brings has no age. */
  isStale: boolean;
  /** What others than the asker may be judged for; null: nothing. Never rejects. */
  readonly landed: Promise<RememberedBody | null>;
}

interface MirrorFillsPorts {
  readonly clock: SteadyClock;
  readonly keeper: () => Pick<KeeperCalls, "fill">;
  readonly copy: FenceCopy;
  readonly bodies: RememberedBodies;
  readonly settings: Pick<MirrorSettings, "tables" | "deadlines">;
  /** The keeper was not asked for this key. */
  readonly served: (key: string) => void;
}

/** Answers the fills of isolates with what the keeper has said before, or asks it (M3). */
export class MirrorFills {
  readonly #ports: MirrorFillsPorts;
  readonly #forwarded = new Map<string, Forwarded[]>();

  constructor(ports: MirrorFillsPorts) {
    this.#ports = ports;
  }

  /** The clock was set back: nothing under way has an age that can be told. */
  forget(): void {
    for (const fills of this.#forwarded.values()) for (const fill of fills) fill.isStale = true;
    this.#forwarded.clear();
  }

  /**
   * @param arrival when the caller asked, on the mirror's clock
   * @throws MirrorError `keeper-late`, or whatever the keeper throws: the caller asks the keeper
   */
  async fill(request: FillRequest, arrival: number): Promise<FillAnswer> {
    const { bodies } = this.#ports;
    const { key } = request.read;
    const body = bodies.get(key);
    const kept = body && this.#judge(request, body, arrival);
    if (kept) return kept;
    const underWay = this.#underWay(key, request.bearer?.digest ?? null);
    const landed = underWay && (await underWay.landed);
    const shared = landed && !underWay.isStale ? this.#judge(request, landed, arrival) : null;
    return shared ?? this.forward(request);
  }

  /**
   * Asks the keeper, with the caller's own bound, position, entry and token, and remembers what it gives. The age told is that of
   * now: what the caller has waited before counts for nothing, since a clock that is set forward shows the same (M1).
   *
   * @throws as `fill`
   */
  forward(request: FillRequest): Promise<FillAnswer> {
    const { clock, keeper, settings, copy, bodies } = this.#ports;
    const { fillMs } = settings.deadlines;
    const { key } = request.read;
    const startedAt = clock.now();
    const answer = inTime(clock, fillMs, () => keeper().fill(request));
    const owner = request.bearer?.digest ?? null;
    const landed = answer.then((told) => {
      const arrivedAt = clock.now();
      if (told.kind !== "entry") return null;
      const begin = told.age === null ? Number.NEGATIVE_INFINITY : startedAt - told.age;
      const body = bodyOf(request.read, { ...told, begin, owner, arrivedAt, tookMs: arrivedAt - startedAt });
      if (!fill.isStale) bodies.set(body, copy.fence?.generation);
      return body;
    });
    const fill: Forwarded = {
      owner,
      until: startedAt + fillMs,
      isStale: false,
      landed: landed.catch(() => null).finally(() => this.#end(key, fill)),
    };
    this.#forwarded.set(key, [...(this.#forwarded.get(key) ?? []), fill]);
    return landed.then(() => answer);
  }

  #judge(request: FillRequest, body: RememberedBody, arrival: number): FillAnswer | null {
    const { copy, settings, served } = this.#ports;
    const ttlMs = settings.tables.get(request.read.relation)?.ttlMs ?? 0;
    const given = judge(request, body, copy, { arrival, ttlMs });
    if (given) served(request.read.key);
    return given;
  }

  /** A fill of the key for the same reader, or for everybody. */
  #underWay(key: string, owner: string | null): Forwarded | undefined {
    const now = this.#ports.clock.now();
    return this.#forwarded.get(key)?.find((fill) => fill.owner === owner && now < fill.until);
  }

  #end(key: string, fill: Forwarded): void {
    const left = this.#forwarded.get(key)?.filter((other) => other !== fill) ?? [];
    if (left.length > 0) this.#forwarded.set(key, left);
    else this.#forwarded.delete(key);
  }
}
