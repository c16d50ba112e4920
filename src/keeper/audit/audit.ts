import type { Read } from "../../postgrest/query/read.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import type { Registry } from "../keys/registry.ts";
import type { Feed } from "../ports/ports.ts";
import type { StoredResponse } from "../protocol/entry.ts";
import { isSignedInKey } from "../protocol/names.ts";
import type { OperatorEvent } from "../protocol/operator-event.ts";
import type { Cause, Finding } from "../protocol/statistics.ts";
import type { KeeperStatistics } from "../statistics/statistics.ts";
import { compareAnswers } from "./same-answer.ts";

/** A webhook later than this is lost: pg_net sends at once and gives up after seconds. */
export const AUDIT_WEBHOOK_GRACE_MS = 10_000;

/** How many of the last findings are kept for `stats`. */
const AUDIT_FINDINGS = 20;

interface AuditPorts {
  readonly clock: Clock;
  /** How often a key is asked for again while there are readers; 0: never. */
  readonly everyMs: number;
  readonly feed: Feed;
  readonly schemaKnown: () => boolean;
  readonly registry: Registry;
  readonly statistics: KeeperStatistics;
  /** Whether the key has a valid body to compare, and no flight. */
  readonly isIdleAndValid: (record: KeyRecord) => boolean;
  readonly refresh: (record: KeyRecord) => void;
  /** Invalidates the keys' answers everywhere. */
  readonly invalidate: (records: readonly KeyRecord[]) => void;
  /** Tells the operator. */
  readonly report: (event: OperatorEvent) => void;
}

/** Keys to try per audit, in search of one that can be compared. */
const TRIES = 50;

/**
 * Samples keys, asks the origin again and compares. A difference that no change explains is counted and reported, and
 * the key is invalidated. Every refill of a valid entry is compared as well.
 */
export class Audit {
  readonly #ports: AuditPorts;
  readonly #findings: Finding[] = [];
  readonly #heard = new Set<string>();
  #auditedAt: number;
  #lastId = 0;

  constructor(ports: AuditPorts) {
    this.#ports = ports;
    this.#auditedAt = ports.clock.now();
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  heard(relations: Iterable<string>): void {
    for (const relation of relations) this.#heard.add(relation);
  }

  /** Called while there are readers. */
  tick(): void {
    const { clock, everyMs, isIdleAndValid, refresh, statistics } = this.#ports;
    const now = clock.now();
    if (everyMs === 0 || now - this.#auditedAt < everyMs) return;
    this.#auditedAt = now;
    for (let tries = 0; tries < TRIES; tries++) {
      const record = this.#next();
      if (!record) return;
      this.#lastId = record.id;
      // Nobody's token is at hand for the answers of those who sign in.
      if (!record.watched || isSignedInKey(record.key) || !isIdleAndValid(record)) continue;
      statistics.add("audits");
      refresh(record);
      return;
    }
  }

  /** The key registered next after the last one, or the first. Undefined: there are no keys. */
  #next(): KeyRecord | undefined {
    let first: KeyRecord | undefined;
    for (const record of this.#ports.registry.listed()) {
      first ??= record;
      if (record.id > this.#lastId) return record;
    }
    return first;
  }

  /** Compares an entry with the one it replaced, which nothing had invalidated. */
  compare(record: KeyRecord, asked: Read, before: StoredResponse, after: StoredResponse): void {
    const sameness = compareAnswers({ footprint: record.footprint, asked }, before, after);
    if (sameness === "same") this.#ports.statistics.add("auditRight");
    if (sameness !== "different") return;
    this.unlessExplained(record, before, () => this.#find(record));
  }

  /**
   * Does something unless a change that was heard of explains that an answer differs from this one, which nothing had
   * invalidated. It waits, since the origin was asked a moment ago and the change may not have been heard of yet.
   */
  unlessExplained(record: KeyRecord, before: StoredResponse, then: () => void): void {
    this.#isExplained(record, before).then(
      (isExplained) => {
        if (!isExplained) then();
      },
      // Undecided; the next answer is compared again.
      () => {},
    );
  }

  async #isExplained(record: KeyRecord, before: StoredResponse): Promise<boolean> {
    const { clock, feed, registry } = this.#ports;
    if (feed.proven) await feed.reach(clock.now());
    else await clock.sleep(AUDIT_WEBHOOK_GRACE_MS);
    if (registry.get(record.key) !== record) return true;
    return registry.lastInvalidation(record) > before.mark;
  }

  /**
   * Readers of one audience got different answers, which no change explains: what tells them apart was not understood.
   * All answers that the like of this one were taken for are invalidated (S10).
   */
  condemn({ relation, path, relations }: KeyRecord): void {
    const all = relations.join();
    const like = [...this.#ports.registry.all()].filter(
      (other) => isSignedInKey(other.key) && other.relations.join() === all,
    );
    // Without the query, which may name a person.
    this.#tell({ relation, path: path.split("?", 1)[0] ?? "", cause: "readers-differ" }, like);
  }

  #find(record: KeyRecord): void {
    const { relation, path } = record;
    this.#tell({ relation, path, cause: this.#causeOf(record) }, [record]);
  }

  #tell(found: Omit<Finding, "at">, wrong: readonly KeyRecord[]): void {
    const { clock, statistics, invalidate, report } = this.#ports;
    const finding = { at: new Date(clock.now()).toISOString(), ...found };
    this.#findings.push(finding);
    if (this.#findings.length > AUDIT_FINDINGS) this.#findings.shift();
    statistics.add("auditDifferences");
    invalidate(wrong);
    report({ event: "audit-difference", ...finding });
  }

  #causeOf({ relations }: KeyRecord): Cause {
    const { feed, schemaKnown } = this.#ports;
    if (feed.proven) return "undeclared-dependency";
    if (!relations.some((relation) => this.#heard.has(relation))) return "table-not-watched";
    return schemaKnown() ? "webhook-lost" : "webhook-lost-or-undeclared-dependency";
  }
}
