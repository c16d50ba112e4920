import type { Random } from "../../testing/random.ts";
import { QUERIES } from "../database/queries.ts";
import type { ReadEvent } from "../history/history.ts";
import type { Audited } from "../model/auditor.ts";
import { type Isolate, LONGEST_READ_MS } from "../model/isolate.ts";
import { judgedQuery, textOf } from "../model/judged.ts";
import type { Server } from "../model/server.ts";
import type { Client } from "./client.ts";
import { type AnsweredRead, OpenReads, STALLED_MS } from "./open-reads.ts";

/** Reads, and checks each answer against its promise. */
export class Readers {
  readonly #conditions: Audited;
  readonly #server: Server;
  readonly #open: OpenReads;

  constructor(conditions: Audited, server: Server) {
    this.#conditions = conditions;
    this.#server = server;
    this.#open = new OpenReads(conditions);
  }

  /** Resolves with how the read was answered; null if it was cancelled or failed. */
  async read(
    event: ReadEvent,
    isolate: Isolate,
    client: Client | undefined,
    random: Random,
  ): Promise<string | null> {
    const { settings } = this.#conditions;
    const { read } = QUERIES[event.query] as (typeof QUERIES)[number];
    const { ttlMs, staleIfErrorMs } = settings;
    // Whoever reads strictly asks for less than the table's settings.
    const staleOf = (boundMs: number) => (boundMs === 0 ? 0 : settings.staleWhileRevalidateMs);
    return this.#open.read(event, isolate, client, random, {
      what: `the read of ${read.path}`,
      longestMs: LONGEST_READ_MS,
      ask: (order, request, anchored) =>
        isolate.read(
          {
            ...{ read, bearer: null, ttlMs, staleIfErrorMs },
            ...{ staleWhileRevalidateMs: staleOf(order.boundMs), ...order },
          },
          request,
          anchored,
        ),
      positionOf: (result) => (result.kind === "held" ? result.position : null),
      judge: (result, answered) => this.#judge(result, event, answered),
    });
  }

  /** A read that still waits hangs. */
  end(): void {
    this.#open.end();
  }

  #judge(
    result: Result,
    event: ReadEvent,
    { what, isolate, start, boundMs, setForward, knew, own }: AnsweredRead,
  ): string {
    const { auditor, orders, tally, violated, settings } = this.#conditions;
    const kind = kindOf(result);
    tally.answer(kind);
    if (result.kind === "failed" && this.#server.failedAt < start - STALLED_MS)
      violated(`I9. ${what} failed (${result.reason}), though the origin answers everybody`);
    if (result.kind !== "held" || kind === "stale-if-error") return kind;
    if (!auditor.isHeldTo(isolate)) return kind;
    const judged = judgedQuery(this.#conditions, event.query);
    const body = textOf(result.held.body);
    const isStale = kind === "stale-while-revalidate";
    if (isStale && boundMs === 0) violated(`I1. ${what} is strict, and was given an older answer`);
    // The sum is the bound then, for changes, purges and modes alike; the plain one holds for all other answers.
    const grantedMs = boundMs + (isStale ? settings.staleWhileRevalidateMs : 0);
    const granted = { start, boundMs: grantedMs, setForward };
    auditor.answer(`${what} (${kind})`, judged, body, { ...granted, own });
    auditor.claim(isolate, judged, body, result.asOf, `as answered (${kind})`);
    const asked = { what: `${what} (${kind})`, query: event.query };
    orders.purges(result.held, { ...asked, ...granted, isolate, knew });
    orders.modes({ ...asked, isolate, since: isStale ? start - grantedMs - setForward : null });
    return kind;
  }
}

type Result = Awaited<ReturnType<Isolate["read"]>>;

/** How a read was answered, in a word or two. */
function kindOf(result: Result): string {
  switch (result.kind) {
    case "held":
    case "relay": {
      const { outcome } = result;
      if (outcome.kind === "hit") return outcome.detail;
      return outcome.kind === "miss" && outcome.collapsed ? "collapsed" : outcome.kind;
    }
    default:
      return `${result.kind}: ${result.reason}`;
  }
}
