import type { Random } from "../../testing/random.ts";
import { QUERIES } from "../database/queries.ts";
import type { ReadEvent } from "../history/history.ts";
import type { Audited } from "../model/auditor.ts";
import { type Isolate, LONGEST_READ_MS } from "../model/isolate.ts";
import { judgedQuery } from "../model/judged.ts";
import type { Server } from "../model/server.ts";
import type { Client } from "./client.ts";
import { OpenReads } from "./open-reads.ts";

/** A failure can reach a stalled keeper this much later; callers that join the flight meanwhile get it, too. */
export const STALLED_MS = 50_000;

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
    const { timeline, settings, auditor, tally, violated } = this.#conditions;
    const query = QUERIES[event.query] as (typeof QUERIES)[number];
    const start = timeline.now;
    const order = client?.order(event.boundMs, start) ?? { boundMs: event.boundMs, token: null };
    const what = `the read of ${query.read.path} at ${Math.round(start)}, bound ${order.boundMs}`;
    const own = new Set(client?.own);
    const request = isolate.request(random);
    const { machine } = request;
    const forward = machine.forward;
    const anchored = new Set<Promise<unknown>>();
    const { ttlMs, staleIfErrorMs } = settings;
    const work = isolate.read(
      { read: query.read, bearer: null, ttlMs, staleIfErrorMs, ...order },
      request,
      anchored,
    );
    this.#open.begin(what, event, isolate, request, anchored);
    try {
      const result = await request.own(work);
      if (!this.#open.close(what)) return null;
      tally.reads++;
      const took = timeline.now - start;
      // An isolate cannot keep time while it sleeps or while its clock is set.
      const isTimed = request.sleepsUntil <= start && !machine.stepped;
      if (took > LONGEST_READ_MS && isTimed) violated(`I10. ${what} took ${took} ms`);
      const kind = kindOf(result);
      tally.answer(kind);
      const position = result.kind === "held" ? result.position : null;
      client?.answered(position, start, order.boundMs === 0, timeline.now);
      // A read whose clock is set forward takes that for time that has passed, and no program can tell: `need` is of
      // before, the proof's age is told from after. It may be that much older, and say nothing of the reader's writes.
      const setForward = machine.forward - forward;
      if (setForward > 0) {
        client?.forget();
        own.clear();
      }
      if (result.kind === "failed" && this.#server.failedAt < start - STALLED_MS)
        violated(`I9. ${what} failed (${result.reason}), though the origin answers everybody`);
      if (result.kind !== "held" || kind === "stale-if-error") return kind;
      if (!auditor.isHeldTo(isolate)) return kind;
      const judged = judgedQuery(this.#conditions, event.query);
      auditor.answer(`${what} (${kind})`, judged, result.held.body, {
        start,
        boundMs: order.boundMs,
        setForward,
        own,
      });
      auditor.claim(isolate, judged, result.held.body, result.asOf, `as answered (${kind})`);
      return kind;
    } catch (error) {
      this.#open.close(what);
      violated(`I9. ${what} failed: ${error}`);
      return null;
    }
  }

  /** A read that still waits hangs. */
  end(): void {
    this.#open.end();
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
