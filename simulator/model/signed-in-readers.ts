import type { ReadResult } from "../../src/gateway/reader/bounded-read.ts";
import type { Random } from "../../testing/random.ts";
import type { Session } from "../database/sessions.ts";
import { SIGNED_IN_QUERIES } from "../database/signed-in-queries.ts";
import type { SignedInReadEvent } from "../history/history.ts";
import { EPOCH } from "../platform/clock.ts";
import type { Audited } from "./auditor.ts";
import { type Isolate, LONGEST_READ_MS, TIMEOUTS } from "./isolate.ts";
import { isPersonal, judgedPerson } from "./judged.ts";
import { OpenReads } from "./open-reads.ts";
import { kindOf } from "./readers.ts";
import { ORIGIN_MS, type Server } from "./server.ts";
import { SignedInPath } from "./signed-in-path.ts";

/** Clocks show whole milliseconds, and the ages of two of them are added. */
const SLACK_MS = 2.02;

/** The keeper is asked first whose answer it is, and in the end the origin may be asked after all. */
const LONGEST_SIGNED_IN_MS = TIMEOUTS.syncMs + LONGEST_READ_MS + ORIGIN_MS;

const decoder = new TextDecoder();

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
  async read(event: SignedInReadEvent, isolate: Isolate, random: Random): Promise<string | null> {
    const { build, timeline, tally, violated, sessions, settings } = this.#conditions;
    const session = sessions.shown(event.person, event.back);
    const { path, relation, asked } = SIGNED_IN_QUERIES[event.query] as (typeof SIGNED_IN_QUERIES)[number];
    const start = timeline.now;
    const what = `the read of ${path} with ${session.text} at ${Math.round(start)}, bound ${event.boundMs}`;
    const request = isolate.request(random);
    const { machine } = request;
    const { forward, offset } = machine;
    const anchored = new Set<Promise<unknown>>();
    const { ttlMs, staleIfErrorMs } = settings;
    const read = {
      ...{ key: `signed-in ${path}`, path, relation, asked },
      headers: { accept: "application/json" },
      audience: "signed-in" as const,
    };
    const work = new SignedInPath(isolate, request, anchored).read(
      {
        order: { read, ttlMs, staleIfErrorMs, boundMs: event.boundMs, token: null },
        token: session.text,
        passOn: () => this.#server.readSignedIn(path, session.text, random),
      },
      build.digestOf,
    );
    this.#open.begin(what, event, isolate, request, anchored);
    try {
      const result = await request.own(work);
      if (!this.#open.close(what)) return null;
      tally.reads++;
      const took = timeline.now - start;
      const isTimed = request.sleepsUntil <= start && !machine.stepped;
      if (took > LONGEST_SIGNED_IN_MS && isTimed) violated(`I10. ${what} took ${took} ms`);
      tally.answer(`signed-in ${kindOf(result)}`);
      const shown = Math.floor(EPOCH + start + offset);
      const setForward = machine.forward - forward;
      this.#judge(result, { what, event, session, isolate, start, shown, setForward });
      return kindOf(result);
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

  #judge(result: ReadResult, read: AnsweredRead): void {
    const { violated } = this.#conditions;
    if (result.kind === "relay") {
      const { token } = JSON.parse(decoder.decode(result.response.body)) as { token: string };
      if (token !== read.session.text) violated(`S8. ${read.what} got the error of ${token}`);
    }
    if (result.kind === "held") this.#judgeHeld(result, read);
  }

  #judgeHeld(result: Extract<ReadResult, { kind: "held" }>, read: AnsweredRead): void {
    const { violated, auditor } = this.#conditions;
    const { event, session, isolate, start, shown, setForward } = read;
    const { held } = result;
    const kind = kindOf(result);
    const what = `${read.what} (${kind})`;
    const judged = judgedPerson(this.#conditions, event.query, event.person);
    if (judged.lacks(held.body) === null)
      violated(`S8. ${what} got what its own token never gets: ${decoder.decode(held.body)}`);
    if (shown >= session.exp * 1_000) violated(`S2. ${what} was answered by the cache after its token's end`);
    if (kind === "stale-if-error" && isPersonal(held.key)) violated(`S13. ${what} got an old answer`);
    if (!auditor.isHeldTo(isolate)) return;
    this.#judgeRecheck(what, read);
    if (kind === "stale-if-error") return;
    auditor.answer(what, judged, held.body, { start, boundMs: event.boundMs, setForward, own: new Set() });
    auditor.claim(isolate, judged, held.body, result.asOf, `as answered (${kind})`);
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
