import type { BucketFence } from "../../../fence/bucket-fence.ts";
import type { FenceSync } from "../../../fence/fence-sync.ts";
import type { AnswerMemory } from "../answer-memory.ts";
import type { ReadResult, StartedRead } from "../bounded-read.ts";
import type { HeldAnswer } from "../held-answer.ts";
import type { FillRefused, KeeperFills } from "../keeper-fills.ts";

interface EarlyFillPorts {
  readonly fences: FenceSync;
  readonly memory: AnswerMemory;
  readonly fills: KeeperFills;
}

/**
 * Fills beside the sync that a read waits for, when no younger fence could make anything serve that the isolate has. A
 * keeper that has just started, or has rested, pulls for the sync: one after the other, the reader would wait for two
 * round trips to the database, and without us for one (L1).
 */
export class EarlyFill {
  readonly #ports: EarlyFillPorts;

  constructor(ports: EarlyFillPorts) {
    this.#ports = ports;
  }

  /**
   * The fence to ask under. Null: a younger one may do by itself, or is there already.
   *
   * @param before what memory had when the read began
   */
  mayGo(read: StartedRead, before: HeldAnswer | undefined): BucketFence | null {
    const { fences, memory } = this.#ports;
    const { fence } = fences;
    if (!fence || fence.asOf >= read.need || !mayGoBeside(read, fence)) return null;
    return before && memory.isGood(before, read, fence) ? null : fence;
  }

  /**
   * The result, if the fill settles the read by itself. Null: the answer needs the fence that the sync brings, or so may what
   * a store has.
   *
   * @param looking what the stores have
   */
  async fill(
    read: StartedRead,
    before: HeldAnswer | undefined,
    looking: Promise<readonly HeldAnswer[]>,
    fence: BucketFence,
  ): Promise<ReadResult | null> {
    const { fences, memory, fills } = this.#ports;
    const stored = await looking;
    // Under a younger fence it may serve.
    if (stored.some((held) => memory.isGood(held, read, fence))) return null;
    // The sync has ended meanwhile.
    if (fences.fence !== fence) return null;
    const candidates = before ? [before, ...stored] : stored;
    const result = await fills.fill({ read, candidates, fence, priority: "miss", pulled: "beside" });
    return isSettled(result) ? result : null;
  }
}

/** A strict read makes a token of the fence, and a token that is ahead of the fence is judged by the next one (P22). */
function mayGoBeside({ boundMs, token }: StartedRead, fence: BucketFence): boolean {
  return boundMs > 0 && (token === null || fence.covers(token));
}

function isSettled(result: ReadResult | FillRefused): result is ReadResult {
  return result !== "refused" && !(result.kind === "direct" && result.reason === "cannot-prove");
}
