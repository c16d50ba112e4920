import type { Clock } from "../../runtime/clock.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import type { Registry } from "../keys/registry.ts";
import type { Feed } from "../ports/ports.ts";
import { AUDIT_FINDINGS, AUDIT_WEBHOOK_GRACE_MS } from "../protocol/constants.ts";
import type { StoredResponse } from "../protocol/entry.ts";
import type { Cause, Finding } from "../protocol/statistics.ts";
import type { Statistics } from "../statistics/statistics.ts";
import { compareAnswers, type Sameness } from "./same-answer.ts";

interface AuditPorts {
  readonly clock: Clock;
  /** A key is asked for anew this often while there are readers; 0: never. */
  readonly everyMs: number;
  readonly feed: Feed;
  readonly schemaKnown: () => boolean;
  readonly registry: Registry;
  readonly statistics: Statistics;
  /** Whether an entry of the key stands that can be compared, and nobody asks for it right now. */
  readonly isIdleAndValid: (record: KeyRecord) => boolean;
  readonly refresh: (record: KeyRecord) => void;
  /** Drops what was given out, everywhere. */
  readonly invalidate: (record: KeyRecord) => void;
  /** The owner hears of it. */
  readonly report: (finding: Finding) => void;
}

/** Keys looked at for one that can be audited. */
const TRIES = 50;

/**
 * Samples keys, asks the origin again and compares: a difference that no change explains is counted, reported and
 * refreshed. Every refill of an entry that nothing has invalidated is compared as well.
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
    const { clock, everyMs, registry, isIdleAndValid, refresh, statistics } = this.#ports;
    const now = clock.now();
    if (everyMs === 0 || now - this.#auditedAt < everyMs) return;
    this.#auditedAt = now;
    for (let tries = 0; tries < TRIES; tries++) {
      const record = registry.after(this.#lastId);
      if (!record) return;
      this.#lastId = record.id;
      if (!record.watched || !isIdleAndValid(record)) continue;
      statistics.add("audits");
      refresh(record);
      return;
    }
  }

  /** An entry has replaced one that nothing had invalidated. */
  compare(record: KeyRecord, before: StoredResponse, after: StoredResponse): void {
    if (before.etag === after.etag || this.#compare(record, before, after) !== "different") return;
    // A change may explain it that has not been heard of yet: the origin was asked a moment ago.
    this.#explained(record, before).then(
      (isExplained) => {
        if (!isExplained) this.#find(record);
      },
      // Nobody knows; the next refill compares again.
      () => {},
    );
  }

  #compare(record: KeyRecord, before: StoredResponse, after: StoredResponse): Sameness {
    const read = this.#ports.registry.readOf(record);
    return read
      ? compareAnswers({ footprint: record.footprint, asked: read.asked }, before, after)
      : "undecided";
  }

  async #explained(record: KeyRecord, before: StoredResponse): Promise<boolean> {
    const { clock, feed, registry } = this.#ports;
    if (feed.proven) await feed.reach(clock.now());
    else await clock.sleep(AUDIT_WEBHOOK_GRACE_MS);
    if (registry.get(record.key) !== record) return true;
    return registry.lastInvalidation(record) > before.mark;
  }

  #find(record: KeyRecord): void {
    const { clock, statistics, invalidate, report } = this.#ports;
    const { relation, path } = record;
    const finding = { at: new Date(clock.now()).toISOString(), relation, path, cause: this.#causeOf(record) };
    this.#findings.push(finding);
    if (this.#findings.length > AUDIT_FINDINGS) this.#findings.shift();
    statistics.add("auditDifferences");
    invalidate(record);
    report(finding);
  }

  #causeOf({ relations }: KeyRecord): Cause {
    const { feed, schemaKnown } = this.#ports;
    if (feed.proven) return "undeclared-dependency";
    if (!relations.some((relation) => this.#heard.has(relation))) return "table-not-watched";
    return schemaKnown() ? "webhook-lost" : "webhook-lost-or-undeclared-dependency";
  }
}
