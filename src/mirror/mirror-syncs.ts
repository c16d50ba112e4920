import type { SyncAnswer, SyncRequest } from "../keeper/protocol/sync.ts";
import type { FenceCopy } from "./fence-copy.ts";
import type { KeeperSyncs, PullMade } from "./keeper-syncs.ts";
import { MirrorError } from "./mirror-error.ts";

/** So often a caller waits for a sync. If the keeper changes its generation meanwhile, two are needed. */
const WAITS_AT_MOST = 3;

interface MirrorSyncsPorts {
  readonly copy: FenceCopy;
  readonly syncs: KeeperSyncs;
}

/** Answers the syncs of isolates, from the copy if it is young enough for the caller (M2). */
export class MirrorSyncs {
  readonly #ports: MirrorSyncsPorts;

  constructor(ports: MirrorSyncsPorts) {
    this.#ports = ports;
  }

  /**
   * @param arrival when the caller asked, on the mirror's clock
   * @throws MirrorError, or whatever the keeper throws: the caller asks the keeper
   */
  async sync(request: SyncRequest, arrival: number): Promise<SyncAnswer> {
    const { copy, syncs } = this.#ports;
    const { since, boundMs, token, client } = request;
    // The mirror asks for half of what the caller allows, so that what it gets serves whoever comes soon after.
    const ask = { boundMs: boundMs / 2, token, client };
    let pull: PullMade = "none";
    for (let waits = 0; !this.#answers(request, arrival); waits++) {
      if (pull === "refused") break;
      if (waits === WAITS_AT_MOST) throw new MirrorError("cannot-reach");
      const generation = copy.fence?.generation;
      const isInDoubt = since !== null && generation !== undefined && since.generation !== generation;
      const made = await syncs.reach({ ...ask, arrival, allowedMs: boundMs, isInDoubt });
      if (made !== "none") pull = made;
    }
    const answer = copy.answer(since, arrival);
    if (answer === null) throw new MirrorError("cannot-reach");
    if (pull === "none") this.#ahead(boundMs, arrival);
    return { ...answer, pull };
  }

  /** Whether the copy answers this caller, in this turn. */
  #answers({ since, token, boundMs }: SyncRequest, arrival: number): boolean {
    const { copy, syncs } = this.#ports;
    const { fence } = copy;
    const age = copy.ageAt(arrival);
    if (fence === null || age > boundMs) return false;
    // A token that the keeper has not reached is of another generation, or made up: its read is strict (P22).
    if (token !== null && !fence.covers(token) && age > 0) return false;
    // Of two generations, which is the later one? Only the keeper can tell, and only after the caller has asked.
    return since === null || since.generation === fence.generation || syncs.endedSince >= arrival;
  }

  /** Syncs behind an answer from the copy, when half of what the caller allows has passed: the next one need not wait. */
  #ahead(boundMs: number, arrival: number): void {
    const { copy, syncs } = this.#ports;
    if (syncs.isBusy || copy.fence === null || copy.ageAt(arrival) <= boundMs / 2) return;
    syncs.lead({ boundMs: boundMs / 2, token: null, client: null }).catch(() => {});
  }
}
