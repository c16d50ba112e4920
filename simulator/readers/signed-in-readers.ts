import { printToken, TOKEN_HEADER } from "../../src/gateway/http/headers/token.ts";
import type { Random } from "../../testing/random.ts";
import type { Session } from "../database/sessions.ts";
import { SIGNED_IN_QUERIES } from "../database/signed-in-queries.ts";
import type { SignedInReadEvent } from "../history/history.ts";
import type { Audited } from "../model/auditor.ts";
import { FRESHNESS_MS, staleBeyondFreshness } from "../model/gateway-config.ts";
import { type Answered, type Isolate, LONGEST_READ_MS, TIMEOUTS } from "../model/isolate.ts";
import { judgedPerson } from "../model/judged.ts";
import { ORIGIN_MS, type Server } from "../model/server.ts";
import type { Client } from "./client.ts";
import { type AnsweredRead, OpenReads, STALLED_MS } from "./open-reads.ts";

/** Clocks show whole milliseconds, and the ages of two of them are added. */
const SLACK_MS = 2.02;

/** The keeper is asked first whose answer it is, and in the end the origin may be asked after all. */
const LONGEST_SIGNED_IN_MS = TIMEOUTS.syncMs + LONGEST_READ_MS + ORIGIN_MS;

/** Who has read what. */
interface SignedInRead extends AnsweredRead {
  readonly event: SignedInReadEvent;
  readonly session: Session;
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
    const { sessions, tally } = this.#conditions;
    const session = sessions.shown(event.person, event.back);
    const { search } = SIGNED_IN_QUERIES[event.query] as (typeof SIGNED_IN_QUERIES)[number];
    return this.#open.read(event, isolate, client, random, {
      what: `the read of ${search} with ${session.text}`,
      longestMs: LONGEST_SIGNED_IN_MS,
      ask: ({ boundMs, token }, request, anchored) => {
        const headers = {
          authorization: `Bearer ${session.text}`,
          // Who asks for the table's own bound grants what the table adds to it.
          ...(this.#staleMs(boundMs) === 0 && { "cache-control": `max-age=${boundMs / 1_000}` }),
          ...(token && { [TOKEN_HEADER]: printToken(token) }),
        };
        return isolate.answer(search, headers, request, anchored);
      },
      positionOf: ({ position }) => position,
      judge: (result, answered) => {
        tally.answer(`signed-in ${result.how}`);
        this.#judge(result, { ...answered, event, session });
        return result.how;
      },
    });
  }

  /** A read that still waits hangs. */
  end(): void {
    this.#open.end();
  }

  #judge({ status, text, how }: Answered, read: SignedInRead): void {
    const { violated } = this.#conditions;
    if (status >= 500 && !text.includes("token") && this.#server.failedAt < read.start - STALLED_MS)
      violated(`I9. ${read.what} failed, though the origin answers everybody: ${text}`);
    const token = tokenIn(status, text);
    if (token !== undefined && token !== read.session.text)
      violated(`S8. ${read.what} got the error of ${token}`);
    if (status === 200 && !how.startsWith("fwd=bypass")) this.#judgeCached(text, how, read);
  }

  /** The answer was stored, here or at the keeper. */
  #judgeCached(text: string, how: string, read: SignedInRead): void {
    const { violated, auditor } = this.#conditions;
    const { event, session, isolate, start, shown, setForward, boundMs, own } = read;
    const what = `${read.what} (${how})`;
    const judged = judgedPerson(this.#conditions, event.query, event.person);
    if (judged.lacks(text) === null) {
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
    const isStale = how.includes("stale-while-revalidate");
    if (isStale && isAlwaysPersonal(event.query)) violated(`S13. ${what} got an old answer`);
    const grantedMs = boundMs + (isStale ? this.#staleMs(boundMs) : 0);
    auditor.answer(what, judged, text, { start, boundMs: grantedMs, setForward, own });
  }

  /** How much older than the bound an answer may be that is given at once. */
  #staleMs(boundMs: number): number {
    return boundMs === FRESHNESS_MS ? staleBeyondFreshness(this.#conditions.settings) : 0;
  }

  /** The database has refused the token for longer than anybody may believe that it does not. */
  #judgeRecheck(what: string, { session, isolate, start, setForward }: SignedInRead): void {
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
