import type { RowMap } from "../../rows/row-map.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Note } from "../entry/entry.ts";
import { CacheError } from "../entry/errors.ts";
import type { MemoryEntry } from "../entry/memory-entry.ts";
import { isKeyName, type Name } from "../entry/names.ts";
import type { Asker, Snapshot } from "./invalidation-source.ts";
import { LearningSource, type Opinion, REFUSED } from "./learning-source.ts";
import type { LocalFence } from "./local-fence.ts";

/** Where a keeper stands. Positions of different generations are never compared (P4). */
export interface Position {
  readonly generation: string;
  readonly mark: number;
}

/** A read that has waited this long for a keeper does not ask again. If the keeper failed at once, it tries again. */
const PATIENCE_MS = 1_000;

/** What this isolate knows of a keeper's marks, and its way to the keeper. Times are milliseconds on `clock`. */
export interface Fence {
  /** This isolate's clock, which must never go back. */
  readonly clock: Clock;
  /** The moment for which the knowledge is proven; `-Infinity` before the first sync. */
  readonly asOf: number;
  /**
   * The highest position that this isolate knows, from a sync or from an invalidation of its own. Whatever was
   * invalidated up to it was invalidated before a load that begins now. `undefined` before the first sync. (A sync asks
   * for what happened since the last sync. If it asked from here, it would miss other isolates' invalidations.)
   */
  position(): Position | undefined;
  /** True when none of the names was invalidated after this position, as of `asOf`. */
  accepts(names: readonly Name[], position: Position): boolean;
  /**
   * Brings `asOf` to `need` or later. Resolves to false when the keeper could not be asked in time; never rejects. All
   * requests of an isolate share one call to the keeper, and each waits under its own deadline.
   */
  sync(need: number, asker: Asker): Promise<boolean>;
  /**
   * Records an invalidation with the keeper, and here. Resolves to the position of this invalidation, which may be
   * lower than the keeper's latest. @throws when the keeper did not acknowledge it
   */
  invalidate(names: readonly Name[]): Promise<Position>;
  /**
   * The tables whose changes the keeper hears of by itself, of the generation of `position()`. Null: it hears of none;
   * undefined, or missing: that is not known.
   */
  followed?(): RowMap | null | undefined;
  /** `listener` is called when the clock was set back: the age of everything known before is then unknown. */
  onForget?(listener: () => void): void;
}

/**
 * Invalidation with a keeper: exact within `freshness`, in every isolate. An entry carries the position that was known
 * before its load began, so a load that raced an invalidation is refused wherever its value ends up.
 */
export class FenceSource extends LearningSource {
  readonly coversKeys = true;
  readonly #fence: Fence;
  readonly #boundMs: number;
  /** Proofs from before this moment do not count. */
  #trustedFrom = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;

  /** @param boundMs the cache's `freshness` */
  constructor(fence: Fence, boundMs: number, local: LocalFence) {
    super(local);
    this.#fence = fence;
    this.#boundMs = boundMs;
    fence.onForget?.(() => {
      this.#trustedFrom = fence.clock.now();
      local.epoch++;
    });
  }

  protected opinion({ names, proof, provenAt }: MemoryEntry, readStart: number): Opinion | undefined {
    const { asOf } = this.#fence;
    const due = this.#fence.clock.now() - asOf > this.#boundMs / 2;
    const need = readStart - this.#boundMs;
    const [generation, mark] = proof.note;
    const known = this.#fence.position() !== undefined;
    const accepted =
      known &&
      typeof generation === "string" &&
      typeof mark === "number" &&
      this.#fence.accepts(names, { generation, mark });
    if (accepted && asOf >= need) {
      // It stands for half of the bound. In the other half, the sync runs in the background.
      return { judgement: "accepted", until: asOf + this.#boundMs / 2, asOf, due };
    }
    // Loaded within the bound, or accepted by an earlier fence within it (P11, P12).
    if (provenAt >= Math.max(need, this.#trustedFrom)) {
      const judgement = known && !accepted ? "stale-within-bound" : "accepted";
      return { ...REFUSED, judgement, asOf: provenAt, due: due && judgement === "accepted" };
    }
    return asOf >= need ? REFUSED : undefined;
  }

  learn(
    _names: readonly Name[],
    asker: Asker,
    readStart = this.#fence.clock.now(),
  ): Promise<void> | undefined {
    const need = readStart - this.#boundMs / 2;
    // A read calls this for each tier, but waits only once for a keeper that hangs.
    if (this.#fence.asOf >= need || this.#failedAt - readStart >= PATIENCE_MS) return undefined;
    return this.#sync(need, asker);
  }

  async #sync(need: number, asker: Asker): Promise<void> {
    if (await this.#fence.sync(need, asker)) this.local.epoch++;
    else this.#failedAt = this.#fence.clock.now();
  }

  followed(): RowMap | null | undefined {
    return this.#fence.followed?.();
  }

  async catchUp(asker: Asker): Promise<boolean> {
    const now = this.#fence.clock.now();
    const reached = await this.#fence.sync(now, asker);
    // What was proven before the call is not served any more where it is refused now, not even within the bound. In a Worker
    // the clock stands still: what was proven at that very moment may be of before.
    this.#trustedFrom = Math.max(this.#trustedFrom, now + 1);
    this.local.epoch++;
    return reached;
  }

  /** Invalidates the key. The value is younger than that, and so younger than any invalidation before it. */
  claim(names: readonly Name[], asker: Asker): Promise<Snapshot> {
    const telling = this.invalidate(names.filter(isKeyName));
    asker.anchor(telling);
    return telling;
  }

  snapshot(): Snapshot {
    const position = this.#fence.position();
    return position === undefined ? undefined : [position.generation, position.mark];
  }

  note(names: readonly Name[], snapshot: Snapshot): Note | undefined {
    // Of what it read nobody tells.
    if (names.at(-1) === "s") return undefined;
    return snapshot instanceof Map ? undefined : (snapshot as Note | undefined);
  }

  async invalidate(names: readonly Name[]): Promise<Snapshot> {
    const { generation, mark } = await this.#fence.invalidate(names).catch((cause: unknown) => {
      throw new CacheError("invalidation-failed", "the keeper did not acknowledge the invalidation", {
        cause,
      });
    });
    this.local.epoch++;
    return [generation, mark];
  }
}
