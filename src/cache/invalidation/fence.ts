import type { Clock } from "../../runtime/clock.ts";
import { CacheError } from "../entry/errors.ts";
import type { Held } from "../entry/memory-entry.ts";
import { isKeyName, type Name } from "../entry/names.ts";
import type { Asker, Begun, Note } from "./invalidation-source.ts";
import { LearningWitness, NO, type Opinion } from "./learning-source.ts";
import type { Epoch } from "./local-fence.ts";

/** Where a keeper stands; positions of different generations are never compared (P4). */
export interface Position {
  readonly generation: string;
  readonly mark: number;
}

/** A read that has waited so long for a keeper in vain does not ask again. One that failed at once is worth another try. */
const PATIENCE_MS = 1_000;

/** What this isolate knows of a keeper's marks, and its way to the keeper. */
export interface Fence {
  /** The clock that `asOf` is told on: this isolate's, and one that never goes back. */
  readonly clock: Clock;
  /** The moment for which what is known is proven; minus infinity before the first sync. */
  readonly asOf: number;
  /**
   * The highest position that this isolate has heard of, through a sync or as the answer to an invalidation of its
   * own: whatever was invalidated up to it was invalidated before a load that begins now. `undefined` before the first
   * sync. (What a sync asks for is another one: since the last sync, or others' invalidations would be skipped.)
   */
  position(): Position | undefined;
  /** True when no name was invalidated after this position, as of `asOf`. */
  accepts(names: readonly Name[], position: Position): boolean;
  /**
   * Brings `asOf` to `need` or later; false when the keeper could not be asked in time. One call at a time in an
   * isolate, whoever needs it; nobody waits without a deadline of their own. Never throws.
   */
  sync(need: number, asker: Asker): Promise<boolean>;
  /**
   * Records an invalidation with the keeper, and here. The position is that of this very invalidation, not of what
   * has happened since. @throws when the keeper did not acknowledge it
   */
  invalidate(names: readonly Name[]): Promise<Position>;
  /** `listener` is called when the clock was found set back: how old anything known before is, nobody knows. */
  onForget?(listener: () => void): void;
}

/**
 * Invalidation with a keeper: exact within `freshness`, in every isolate. An entry carries the position that was known
 * before its load began, so a load that raced an invalidation is refused wherever its value lands.
 */
export class FenceWitness extends LearningWitness {
  readonly coversKeys = true;
  readonly #fence: Fence;
  readonly #freshnessMs: number;
  readonly #epoch: Epoch;
  /** What was proven before says nothing. */
  #trustedFrom = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(fence: Fence, freshnessMs: number, epoch: Epoch) {
    super();
    this.#fence = fence;
    this.#freshnessMs = freshnessMs;
    this.#epoch = epoch;
    fence.onForget?.(() => {
      this.#trustedFrom = fence.clock.now();
      epoch.value++;
    });
  }

  protected opinion({ names, proof, provenAt }: Held, readStart: number): Opinion | undefined {
    const { asOf } = this.#fence;
    const due = this.#fence.clock.now() - asOf > this.#freshnessMs / 2;
    const need = readStart - this.#freshnessMs;
    const [generation, mark] = proof.note;
    const known = this.#fence.position() !== undefined;
    const accepted =
      known &&
      typeof generation === "string" &&
      typeof mark === "number" &&
      this.#fence.accepts(names, { generation, mark });
    if (accepted && asOf >= need) {
      // Quiet for half of the bound, so that the sync can be in the background during the other half.
      return { verdict: "accepted", until: asOf + this.#freshnessMs / 2, asOf, due };
    }
    // Loaded, or accepted by an earlier fence, within the bound (P11, P12).
    if (provenAt >= Math.max(need, this.#trustedFrom)) {
      const verdict = known && !accepted ? "lapsing" : "accepted";
      return { ...NO, verdict, asOf: provenAt, due: due && verdict === "accepted" };
    }
    return asOf >= need ? NO : undefined;
  }

  learn(
    _names: readonly Name[],
    asker: Asker,
    readStart = this.#fence.clock.now(),
  ): Promise<void> | undefined {
    const need = readStart - this.#freshnessMs / 2;
    // A read comes here for each tier: it waits for a keeper that hangs once, not for each.
    if (this.#fence.asOf >= need || this.#failedAt - readStart >= PATIENCE_MS) return undefined;
    return this.#sync(need, asker);
  }

  async #sync(need: number, asker: Asker): Promise<void> {
    if (await this.#fence.sync(need, asker)) this.#epoch.value++;
    else this.#failedAt = this.#fence.clock.now();
  }

  /** The value is younger than this invalidation of its key, and so than any before it. */
  claim(names: readonly Name[], asker: Asker): Promise<Begun> {
    const telling = this.invalidate(names.filter(isKeyName));
    asker.anchor(telling);
    return telling;
  }

  begin(): Begun {
    const position = this.#fence.position();
    return position === undefined ? undefined : [position.generation, position.mark];
  }

  note(_names: readonly Name[], begun: Begun): Note | undefined {
    return begun instanceof Map ? undefined : (begun as Note | undefined);
  }

  async invalidate(names: readonly Name[]): Promise<Begun> {
    const { generation, mark } = await this.#fence.invalidate(names).catch((cause: unknown) => {
      throw new CacheError("invalidation-failed", "the keeper did not acknowledge the invalidation", {
        cause,
      });
    });
    this.#epoch.value++;
    return [generation, mark];
  }
}
