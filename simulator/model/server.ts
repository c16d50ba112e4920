import type { Described, OriginAnswer, PullRequest, WhoAmI } from "../../src/keeper/ports/ports.ts";
import type { CacheableRead } from "../../src/keeper/protocol/entry.ts";
import type { ClaimPath } from "../../src/postgrest/claims/claims.ts";
import { hash32 } from "../../src/runtime/hash.ts";
import type { Random } from "../../testing/random.ts";
import { claimText, PEOPLE } from "../database/people.ts";
import { QUERIES } from "../database/queries.ts";
import { description } from "../database/schema-answer.ts";
import { answerNumber, SIGNED_IN_QUERIES } from "../database/signed-in-queries.ts";
import { EPOCH } from "../platform/clock.ts";
import type { Conditions } from "./conditions.ts";

/** When callers give up: `timeouts.originMs`, and the deadline of the database's functions. */
export const ORIGIN_MS = 8_000;
const PULL_MS = 5_000;

/** The outbox keeps what was pulled, as `src/capture/sql/constants.ts` has it. */
const KEEP_MS = 3_600_000;

/** PostgREST over the database: slow, sometimes down. */
export class Server {
  readonly #conditions: Conditions;
  /** Whether requests fail, and until when; a server that hangs answers none. */
  #downUntil = Number.NEGATIVE_INFINITY;
  #hangs = false;
  /** The last moment at which a request was not answered, for any reason. */
  failedAt = Number.NEGATIVE_INFINITY;
  originRequests = 0;
  pulls = 0;

  constructor(conditions: Conditions) {
    this.#conditions = conditions;
  }

  goDown(lasts: number, hangs: boolean): void {
    this.#downUntil = Math.max(this.#downUntil, this.#conditions.timeline.now + lasts);
    this.#hangs = hangs;
  }

  /** The database's own clock. */
  now(): number {
    return EPOCH + this.#conditions.timeline.now + this.#conditions.settings.databaseOffset;
  }

  /** A query sees the database as of its run: after the way there, before the way back. */
  async read(read: CacheableRead, random: Random): Promise<OriginAnswer> {
    const { weather, timeline, truth } = this.#conditions;
    this.originRequests++;
    const query = QUERIES.findIndex((each) => each.read.key === read.key);
    const text = await this.#ask(
      "origin",
      ORIGIN_MS,
      random,
      () => truth.current(query),
      () => weather.happens("origin-fails", random),
    );
    if (text === "timeout" || text === "unreachable") return { kind: "failed", reason: text };
    if (weather.happens("origin-errs", random)) {
      this.failedAt = timeline.now;
      return responseOf('{"message":"no"}', 500);
    }
    return responseOf(text, 200);
  }

  /** The same for somebody who shows a token: PostgREST checks it, and answers by its claims. */
  async readSignedIn(path: string, token: string, random: Random): Promise<OriginAnswer> {
    const { weather, timeline, sessions, signedInTruth } = this.#conditions;
    this.originRequests++;
    const query = SIGNED_IN_QUERIES.findIndex((each) => path === `/rest/v1/${each.search}`);
    const answer = await this.#ask(
      "origin",
      ORIGIN_MS,
      random,
      () => {
        const session = sessions.accepted(token, timeline.now, this.now());
        return session && signedInTruth.current(answerNumber(query, session.person));
      },
      () => weather.happens("origin-fails", random),
    );
    if (answer === "timeout" || answer === "unreachable") return { kind: "failed", reason: answer };
    // Errors tell whom they are for.
    if (answer === null) return responseOf(JSON.stringify({ message: "JWT is not valid", token }), 401);
    if (weather.happens("origin-errs", random)) {
      this.failedAt = timeline.now;
      return responseOf(JSON.stringify({ message: "no", token }), 500);
    }
    return responseOf(answer, 200);
  }

  /** `tidemark_whoami()` */
  async whoami(
    token: string,
    paths: readonly ClaimPath[],
    random: Random,
  ): Promise<WhoAmI | "refused" | "failed"> {
    const { weather, timeline, sessions } = this.#conditions;
    const answer = await this.#ask(
      "database",
      PULL_MS,
      random,
      (): WhoAmI | "refused" => {
        const session = sessions.accepted(token, timeline.now, this.now());
        if (session === null) return "refused";
        const claims = sessions.claims(session);
        const { role } = PEOPLE[session.person] as (typeof PEOPLE)[number];
        return { role, exp: session.exp, claims: paths.map((path) => claimText(claims, path)) };
      },
      () => weather.happens("pull-fails", random),
    );
    return answer === "timeout" || answer === "unreachable" ? "failed" : answer;
  }

  changes(request: PullRequest, random: Random): Promise<string> {
    const { build, postgres, settings } = this.#conditions;
    this.pulls++;
    return this.#call(random, () =>
      build.tidemarkChanges(postgres, request, settings.rowsPerPage, this.now()),
    );
  }

  prune(random: Random): Promise<string> {
    const { build, postgres } = this.#conditions;
    return this.#call(random, () => {
      build.tidemarkPrune(postgres, KEEP_MS, this.now());
      return "0";
    });
  }

  async schema(random: Random): Promise<Described> {
    const { postgres, settings } = this.#conditions;
    const text = await this.#call(random, () => {
      const version = settings.changesCome === "by-pull" ? postgres.schemaVersion() : null;
      return description(postgres.definition, version, settings.signedIn !== null);
    });
    return JSON.parse(text) as Described;
  }

  async #call(random: Random, run: () => string): Promise<string> {
    const { weather } = this.#conditions;
    const text = await this.#ask("database", PULL_MS, random, run, () =>
      weather.happens("pull-fails", random),
    );
    if (text === "timeout" || text === "unreachable") throw new Error(text);
    if (!weather.happens("pull-answer-lost", random)) return text;
    await this.#conditions.timeline.sleep(PULL_MS);
    throw new Error("timeout");
  }

  async #ask<T>(
    leg: "origin" | "database",
    deadline: number,
    random: Random,
    run: () => T,
    fails: () => boolean,
  ): Promise<T | "timeout" | "unreachable"> {
    const { timeline, weather } = this.#conditions;
    const [there, back] = [weather.delay(`to-${leg}`, random), weather.delay(`from-${leg}`, random)];
    const start = timeline.now;
    await timeline.sleep(Math.min(there, deadline));
    if (there >= deadline) return this.#failed("timeout");
    const left = start + deadline - timeline.now;
    if (timeline.now < this.#downUntil) {
      const refusal = this.#hangs ? left : Math.min(back, left);
      await timeline.sleep(refusal);
      return this.#failed(refusal === left ? "timeout" : "unreachable");
    }
    const answer = run();
    await timeline.sleep(Math.min(back, left));
    if (back >= left) return this.#failed("timeout");
    return fails() ? this.#failed("unreachable") : answer;
  }

  #failed(reason: "timeout" | "unreachable"): "timeout" | "unreachable" {
    this.failedAt = this.#conditions.timeline.now;
    return reason;
  }
}

const encoder = new TextEncoder();

function responseOf(text: string, status: number): OriginAnswer {
  const body = encoder.encode(text).buffer as ArrayBuffer;
  const headers = { "content-type": "application/json" };
  const etag = `"${hash32(text).toString(36)}"`;
  const notStored = status === 200 ? null : "status-not-cacheable";
  return { kind: "response", response: { status, headers, etag, body, notStored } };
}
