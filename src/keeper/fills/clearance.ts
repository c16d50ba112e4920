import type { Clock } from "../../runtime/clock.ts";
import type { KnownReader, Owner } from "../audiences/known-reader.ts";
import type { Witnesses } from "../audiences/witnesses.ts";
import type { Audit } from "../audit/audit.ts";
import { compareAnswers } from "../audit/same-answer.ts";
import type { Clients } from "../budgets/clients.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import type { Feed } from "../ports/ports.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import type { Sharing } from "../protocol/fill.ts";
import { isPersonalKey } from "../protocol/names.ts";
import { type Direct, OVER_BUDGET, type Wait } from "./fill-answer.ts";
import type { RecentBody } from "./recent-bodies.ts";

interface ClearancePorts {
  readonly clock: Clock;
  readonly clients: Pick<Clients, "mayPull">;
  readonly witnesses: Witnesses;
  readonly feed: () => Pick<Feed, "asOf" | "reach">;
  readonly audit: () => Pick<Audit, "unlessExplained" | "condemn">;
}

const EMPTY_LIST = "[]";

/** What is known of a body besides its bytes: whom it was fetched for, and when it arrived. */
type Fetched = Pick<RecentBody, "owner" | "arrivedAt" | "isCleared">;

/**
 * Whom a body may be given to besides the reader it was fetched for (S8, S10). Between a change of policies and the pull
 * that brings it, an answer may be that reader's alone, though its key says otherwise.
 */
export class Clearance {
  readonly #ports: ClearancePorts;

  constructor(ports: ClearancePorts) {
    this.#ports = ports;
  }

  /**
   * Whom the asker's isolate may give the body to. "another's": it is not for the asker. "not-yet": a pull that begins
   * after its arrival decides.
   *
   * @param asker null: everybody gets the same
   */
  of(fetched: Fetched, asker: KnownReader | null): Sharing | "another's" | "not-yet" {
    const { owner } = fetched;
    if (owner === null || asker === null) return owner === asker ? "free" : "another's";
    if (owner.digest !== asker.digest) {
      if (!this.mayPass(owner, asker)) return "another's";
      if (!this.#isCleared(fetched)) return "not-yet";
    }
    return this.forOwner(fetched);
  }

  /** Waits for that pull, at the cost of the reader's client. Without it nothing is cleared, and the reader asks alone. */
  reach(body: RecentBody, client: string): Wait | Direct {
    const { clock, clients, feed } = this.#ports;
    if (!clients.mayPull(client, clock.now())) return OVER_BUDGET;
    const reached = feed()
      .reach(body.arrivedAt)
      .then((pulled) => {
        // By the clock, which stands still between I/O, that pull may have begun in the moment of the arrival. Had it
        // shown another schema or other roles, this body would have been dropped.
        body.isCleared = true;
        return pulled;
      });
    return { kind: "wait", ended: reached.catch(() => OVER_BUDGET) };
  }

  /** The same for the reader it was fetched for. */
  forOwner(fetched: Fetched): Sharing {
    const { owner } = fetched;
    if (owner === null) return "free";
    if (!this.#ports.witnesses.trusts(owner.scope)) return "own";
    return this.#isCleared(fetched) ? "free" : "uncleared";
  }

  /** Whether the body may be stored for everybody of its audience. */
  isStorable(key: string, fetched: Fetched): boolean {
    return !isPersonalKey(key) && this.forOwner(fetched) === "free";
  }

  /** Whether an answer for one reader may ever be another's. */
  mayPass(owner: Owner | null, asker: KnownReader | null): boolean {
    if (owner === null || asker === null) return owner === asker;
    return owner.subject === asker.subject || this.#ports.witnesses.trusts(owner.scope);
  }

  /** Compares the answers that two readers of one audience got, with no change of the key between them. */
  compare(record: KeyRecord, { asked }: CacheableRead, before: RecentBody, after: RecentBody): void {
    const { witnesses, audit } = this.#ports;
    const { owner } = after;
    if (owner === null || before.owner === null || before.owner.subject === owner.subject) return;
    const { scope } = owner;
    const sameness = compareAnswers({ footprint: record.footprint, asked }, before.entry, after.entry);
    // That two people see nothing says little of what either may see.
    if (sameness === "same" && after.entry.body.byteLength > EMPTY_LIST.length)
      witnesses.agreed(scope, owner.subject);
    if (sameness !== "different") return;
    witnesses.doubted(scope);
    audit().unlessExplained(record, before.entry, () => {
      if (witnesses.differed(scope)) audit().condemn(record);
    });
  }

  /** Whether a pull that began after that moment has shown the schema and the roles as they were before. */
  #isCleared({ isCleared, arrivedAt }: Fetched): boolean {
    return isCleared || this.#ports.feed().asOf() > arrivedAt;
  }
}
