import { printToken, TOKEN_HEADER } from "../../src/gateway/http/headers/token.ts";
import type { Random } from "../../testing/random.ts";
import type { Session } from "../database/sessions.ts";
import { SIGNED_IN_QUERIES } from "../database/signed-in-queries.ts";
import type { Cause } from "../database/truth.ts";
import type { SignedInReadEvent } from "../history/history.ts";
import type { Audited } from "../model/auditor.ts";
import { type Answered, type Isolate, LONGEST_READ_MS, TIMEOUTS } from "../model/isolate.ts";
import { judgedPerson } from "../model/judged.ts";
import { ORIGIN_MS, type Server } from "../model/server.ts";
import { EPOCH } from "../platform/clock.ts";
import type { Client } from "./client.ts";
import { OpenReads } from "./open-reads.ts";
import { STALLED_MS } from "./readers.ts";

/** Clocks show whole milliseconds, and the ages of two of them are added. */
const SLACK_MS = 2.02;

/** The keeper is asked first whose answer it is, and in the end the origin may be asked after all. */
const LONGEST_SIGNED_IN_MS = TIMEOUTS.syncMs + LONGEST_READ_MS + ORIGIN_MS;

const encoder = new TextEncoder();

/** A read that has been answered, and when it began. */
interface AnsweredRead {
  readonly what: string;
  readonly event: SignedInReadEvent;
  readonly session: Session;
  readonly isolate: Isolate;
  readonly start: number;
  /** What the isolate's wall clock showed then, in epoch milliseconds. */
  readonly shown: number;
  /** Milliseconds that the clock was set forward meanwhile. */
  readonly setForward: number;
  readonly boundMs: number;
  /** What the reader has written, and must be shown. */
  readonly own: ReadonlySet<Cause>;
}

/** Reads of those who sign in, each held against what this reader's own token would have got. */
export class SignedInReaders {
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
    event: SignedInReadEvent,
    isolate: Isolate,
    client: Client | undefined,
    random: Random,
  ): Promise<string | null> {
    const { timeline, tally, violated, sessions } = this.#conditions;
    const session = sessions.shown(event.person, event.back);
    const { search } = SIGNED_IN_QUERIES[event.query] as (typeof SIGNED_IN_QUERIES)[number];
    const start = timeline.now;
    const { boundMs, token } = client?.order(event.boundMs, start) ?? { boundMs: event.boundMs, token: null };
    const own = new Set(client?.own);
    const what = `the read of ${search} with ${session.text} at ${Math.round(start)} in isolate ${event.isolate}, bound ${boundMs}`;
    const request = isolate.request(random);
    const { machine } = request;
    const { forward, offset } = machine;
    const anchored = new Set<Promise<unknown>>();
    const headers = {
      authorization: `Bearer ${session.text}`,
      "cache-control": `max-age=${boundMs / 1_000}`,
      ...(token && { [TOKEN_HEADER]: printToken(token) }),
    };
    const work = isolate.answer(search, headers, request, anchored);
    this.#open.begin(what, event, isolate, request, anchored);
    try {
      const result = await request.own(work);
      if (!this.#open.close(what)) return null;
      tally.reads++;
      const took = timeline.now - start;
      const isTimed = request.sleepsUntil <= start && !machine.stepped;
      if (took > LONGEST_SIGNED_IN_MS && isTimed) violated(`I10. ${what} took ${took} ms`);
      tally.answer(`signed-in ${result.how}`);
      const shown = Math.floor(EPOCH + start + offset);
      client?.answered(result.position, start, boundMs === 0, timeline.now);
      const setForward = machine.forward - forward;
      // As for everybody else: such a read says nothing of the reader's writes.
      if (setForward > 0) {
        client?.forget();
        own.clear();
      }
      this.#judge(result, { what, event, session, isolate, start, shown, setForward, boundMs, own });
      return result.how;
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

  #judge({ status, text, how }: Answered, read: AnsweredRead): void {
    const { violated } = this.#conditions;
    if (status >= 500 && !text.includes("token") && this.#server.failedAt < read.start - STALLED_MS)
      violated(`I9. ${read.what} failed, though the origin answers everybody: ${text}`);
    const token = tokenIn(status, text);
    if (token !== undefined && token !== read.session.text)
      violated(`S8. ${read.what} got the error of ${token}`);
    if (status === 200 && !how.startsWith("fwd=bypass")) this.#judgeCached(text, how, read);
  }

  /** The answer was stored, here or at the keeper. */
  #judgeCached(text: string, how: string, read: AnsweredRead): void {
    const { violated, auditor } = this.#conditions;
    const { event, session, isolate, start, shown, setForward, boundMs, own } = read;
    const what = `${read.what} (${how})`;
    const judged = judgedPerson(this.#conditions, event.query, event.person);
    const body = encoder.encode(text).buffer as ArrayBuffer;
    if (judged.lacks(body) === null) {
      violated(`S8. ${what} got what its own token never gets: ${text}`);
      return;
    }
    if (shown >= session.exp * 1_000) violated(`S2. ${what} was answered by the cache after its token's end`);
    if (!auditor.isHeldTo(isolate)) return;
    this.#judgeRecheck(what, read);
    if (how.includes("stale-if-error")) {
      if (isAlwaysPersonal(event.query)) violated(`S13. ${what} got an old answer`);
      return;
    }
    auditor.answer(what, judged, body, { start, boundMs, setForward, own });
  }

  /** The database has refused the token for longer than anybody may believe that it does not. */
  #judgeRecheck(what: string, { session, isolate, start, setForward }: AnsweredRead): void {
    const { violated, settings } = this.#conditions;
    if (isolate.scope.machine.stepped) return;
    const recheckMs = settings.signedIn?.recheckMs ?? 0;
    const late = start - session.revokedAt - recheckMs - setForward;
    if (late > SLACK_MS)
      violated(
        `S3. ${what} was answered by the cache, ${Math.round(start - session.revokedAt)} ms after its token was refused`,
      );
  }
}

/** The token that an error of the origin was for. */
function tokenIn(status: number, text: string): string | undefined {
  return status < 400 ? undefined : (JSON.parse(text) as { token?: string }).token;
}

/** Whether the answers depend on who asks, whatever the policies are. */
function isAlwaysPersonal(query: number): boolean {
  return /^(?:docs|memberships)\b/.test(SIGNED_IN_QUERIES[query]?.search ?? "");
}
