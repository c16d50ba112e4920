import type { WaitUntil } from "../../fence/fence-sync.ts";
import type { UsageReporter } from "../../fence/usage.ts";
import { type Bearer, isOfTheBearer } from "../../keeper/protocol/audience.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import { isPersonalKey } from "../../keeper/protocol/names.ts";
import { type Mode, stricter } from "../../keeper/protocol/position.ts";
import type { AudienceFinder, WhoseAnswer } from "../bearers/audience-finder.ts";
import { BearerTokens } from "../bearers/bearer-tokens.ts";
import { type Classified, classifySignature } from "../classify/classify.ts";
import { networksOf } from "../classify/client-networks.ts";
import { type KnownUrl, KnownUrls } from "../classify/known-urls.ts";
import { type InspectedHeaders, inspectHeaders, signatureFrom } from "../classify/signature.ts";
import type { ResolvedConfig } from "../config/config.ts";
import { cacheStatus } from "../http/cache-status.ts";
import { corsHeaders } from "../http/headers/cors.ts";
import { parseToken } from "../http/headers/token.ts";
import type { BypassReason } from "../http/outcome.ts";
import { problem } from "../http/problem.ts";
import type { Target } from "../http/request/target.ts";
import { passThrough } from "../pass-through/pass-through.ts";
import type { BoundedRead, ReadResult, VouchedBearer } from "../reader/bounded-read.ts";
import type { Reader } from "../reader/reader.ts";
import { answerHeld, answerRelayed, type ResponseContext } from "./answer.ts";
import { boundOf, staleBeyond } from "./bound.ts";
import { ReadCounter } from "./read-counter.ts";
import { compareInShadow } from "./shadow.ts";

type CacheableRequest = Extract<Classified, { kind: "read" }>;

/** What answering needs to know of a URL. */
type AskedUrl = Pick<KnownUrl, "target" | "contentLocation">;

/** A request, and what its URL and its headers say. */
interface ReceivedRead {
  readonly request: Request;
  readonly url: AskedUrl;
  readonly anchor: WaitUntil;
  readonly headers: InspectedHeaders;
  readonly classified: Classified;
  readonly client: () => string;
  /** Who asks with a token of their own, when it decides whose answer they get. */
  readonly bearer: Bearer | null;
  /** On this isolate's clock. Null until there is something to wait for: a hit at once costs no look at the clock. */
  startedAt: number | null;
}

/** Answers `GET` and `HEAD` under `/rest/v1/`: the thin shell between requests and the `Reader`. */
export class ReadHandler {
  readonly #config: ResolvedConfig;
  readonly #reader: Reader;
  readonly #reporter: UsageReporter;
  readonly #counter: ReadCounter;
  readonly #audiences: AudienceFinder;
  readonly #bearerTokens = new BearerTokens();
  readonly #urls = new KnownUrls();
  readonly #kept: string;

  constructor(config: ResolvedConfig, reader: Reader, reporter: UsageReporter, audiences: AudienceFinder) {
    this.#config = config;
    this.#reader = reader;
    this.#reporter = reporter;
    this.#counter = new ReadCounter(reporter, reader);
    this.#audiences = audiences;
    this.#kept = [...config.headers.response].join(", ");
  }

  /** What earlier reads found out about a URL; undefined when there were none. */
  known(url: string): KnownUrl | undefined {
    return this.#urls.get(url);
  }

  answer(request: Request, target: Target, anchor: WaitUntil): Response | Promise<Response> {
    return this.answerKnown(request, this.#urls.add(request.url, target), anchor);
  }

  /** Answers an anonymous reader's hit in memory at once, without a promise. */
  answerKnown(request: Request, known: KnownUrl, anchor: WaitUntil): Response | Promise<Response> {
    const headers = inspectHeaders(request, this.#config);
    const classified = known.classified.get(headers.terms) ?? this.#classify(known, headers.terms);
    return this.answerClassified(request, known, anchor, headers, classified);
  }

  /** Answers a request of which it is known what it asks for. */
  answerClassified(
    request: Request,
    url: AskedUrl,
    anchor: WaitUntil,
    headers: InspectedHeaders,
    classified: Classified,
  ): Response | Promise<Response> {
    const client = () => networksOf(request.headers.get("cf-connecting-ip"));
    const received = { request, url, anchor, headers, classified, client, bearer: null, startedAt: null };
    if (classified.kind === "bypass") return this.#direct(received, classified.reason);
    if (classified.read.audience === "signed-in") return this.#answerSignedIn(received, classified);
    return this.#answer(received, this.#boundedRead(received, classified, classified.read, null));
  }

  #answer(received: ReceivedRead, read: BoundedRead): Response | Promise<Response> {
    const mode = this.#mode();
    if (mode === "off") return this.#off(received);
    if (mode === "shadow") return this.#inShadow(received, read);
    const hit = this.#reader.hit(read);
    if (hit === null) return this.#wait(received, read);
    return this.#respond(hit, read, received) ?? this.#directOrStale(received, read, "user-token");
  }

  /** Finds out who asks, as far as the database has vouched for the token, and whose answer that leads to. */
  #answerSignedIn(asked: ReceivedRead, classified: CacheableRequest): Response | Promise<Response> {
    if (this.#mode() === "off") return this.#off(asked);
    const bearer = this.#bearerTokens.bearerOf(asked.headers.authorization);
    if (bearer === null) return this.#direct(asked, "user-token");
    const received = { ...asked, bearer };
    const { client, anchor } = asked;
    const known = this.#audiences.known(classified.read, bearer, client, anchor);
    if (known !== null) return this.#answerAs(bearer, known, received, classified);
    this.#waits(received);
    return this.#audiences
      .ask(classified.read, bearer, client, anchor)
      .then((found) => this.#answerAs(bearer, found, received, classified));
  }

  #answerAs(
    bearer: Bearer,
    found: WhoseAnswer,
    received: ReceivedRead,
    classified: CacheableRequest,
  ): Response | Promise<Response> {
    if (found.kind === "none") return this.#direct(received, found.reason);
    const { read, generation, expiresAt } = found;
    const signedIn = { ...bearer, generation, expiresAt };
    return this.#answer(received, this.#boundedRead(received, classified, read, signedIn));
  }

  async #wait(received: ReceivedRead, read: BoundedRead): Promise<Response> {
    this.#waits(received);
    const result = await this.#reader.miss(read);
    // A fresh isolate learns the mode with its first sync, and "off" then holds for this read, too.
    if (this.#mode() === "off") return this.#direct(received, "mode-off");
    if (read.bearer && this.#audiences.hasEnded(read.bearer)) return this.#direct(received, "token-expired");
    const response = this.#respond(result, read, received);
    if (response) return response;
    return this.#directOrStale(received, read, result.kind === "direct" ? result.reason : "user-token");
  }

  #classify(known: KnownUrl, terms: string): Classified {
    const classified = classifySignature(signatureFrom(known.target, terms), this.#config);
    this.#urls.remember(known, terms, classified);
    return classified;
  }

  /** @param read of the request, with its whole key */
  #boundedRead(
    received: ReceivedRead,
    { table }: CacheableRequest,
    read: CacheableRead,
    bearer: VouchedBearer | null,
  ): BoundedRead {
    const { headers, client, anchor } = received;
    const token = headers.token === null ? null : parseToken(headers.token);
    // The sender of a token that cannot be parsed has still written something, so read strictly.
    const boundMs = token === undefined ? 0 : boundOf(headers.cacheControl, table.freshnessMs);
    const revalidates = table.staleWhileRevalidateMs > 0 && token !== undefined && !isPersonalKey(read.key);
    return {
      read,
      bearer,
      ttlMs: table.ttlMs,
      staleIfErrorMs: table.staleIfErrorMs > 0 && this.#mayBeStale(read) ? table.staleIfErrorMs : 0,
      staleWhileRevalidateMs: revalidates ? staleBeyond(boundMs, headers.cacheControl, table) : 0,
      boundMs,
      token: token ?? null,
      client,
      anchor,
    };
  }

  /** By its own answer when the origin fails, somebody whose rights were revoked could be served (S13). */
  #mayBeStale({ audience, key }: CacheableRead): boolean {
    return audience !== "signed-in" || this.#config.audiences.staleIfError || !isPersonalKey(key);
  }

  #contextOf({ request, url, headers }: ReceivedRead): ResponseContext {
    const { allowedOrigins } = this.#config;
    const origin = allowedOrigins === "*" ? null : request.headers.get("origin");
    return {
      head: request.method === "HEAD",
      ifNoneMatch: headers.ifNoneMatch,
      cors: this.#exposing(corsHeaders(origin, allowedOrigins)),
      contentLocation: url.contentLocation,
      proven: this.#reader.fence?.proven ?? false,
    };
  }

  /** Lets pages read the response headers that the owner keeps. */
  #exposing(cors: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const exposed = cors["access-control-expose-headers"];
    if (this.#kept === "" || exposed === undefined) return cors;
    return { ...cors, "access-control-expose-headers": `${exposed}, ${this.#kept}` };
  }

  /** The response to a result; null when this request has to ask the origin itself. */
  #respond(result: ReadResult, read: BoundedRead, received: ReceivedRead): Response | null {
    if (result.kind === "direct") return null;
    const { classified } = received;
    if (classified.kind === "read" && classified.publicOnly && !this.#isPublic(result)) return null;
    const context = this.#contextOf(received);
    switch (result.kind) {
      case "held": {
        const age = this.#reader.now() - result.asOf;
        this.#counter.proven(age);
        this.#counter.answered(result.outcome, read.read, received);
        return answerHeld(result, age, context);
      }
      case "relay":
        this.#counter.answered(result.outcome, read.read, received);
        return answerRelayed(result.response, result.outcome, context);
      case "failed": {
        const outcome = { kind: "error", reason: result.reason } as const;
        this.#counter.answered(outcome, read.read, received);
        return problem(
          result.reason === "timeout" ? "origin-timeout" : "origin-unreachable",
          "The database's API gave no answer, and the cache has none that it may serve.",
          { headers: { ...context.cors, "cache-status": cacheStatus(outcome, context.proven) } },
        );
      }
    }
  }

  #isPublic(result: ReadResult): boolean {
    const isPublic = (relation: string) => this.#config.tables.get(relation)?.audience === "public";
    return result.kind === "failed" || (result.kind === "held" && result.held.relations.every(isPublic));
  }

  async #direct(received: ReceivedRead, reason: BypassReason): Promise<Response> {
    const response = await this.#ask(received, reason);
    this.#counter.bypassed(reason, received);
    return response;
  }

  /**
   * The origin's own answer; how the read ended is for the caller to count. If it vouches for a token that is not known, the
   * keeper hears of it.
   */
  async #ask(received: ReceivedRead, reason: BypassReason): Promise<Response> {
    const { request, url, bearer, classified, client, anchor } = received;
    this.#waits(received);
    this.#counter.asksOrigin(received);
    const response = await passThrough(request, url.target, this.#config, { kind: "bypass", reason });
    const isUnknown = bearer !== null && reason === "token-unknown";
    if (isUnknown && response.status < 400 && classified.kind === "read") {
      this.#audiences.introduce(classified.read, bearer, client, anchor);
    }
    return response;
  }

  /** The origin's answer, which proves nothing and is not stored (P15); a stale one when the origin fails. */
  async #directOrStale(received: ReceivedRead, read: BoundedRead, reason: BypassReason): Promise<Response> {
    // The keeper takes back what it has said of a bearer.
    if (read.bearer && isOfTheBearer(reason)) this.#audiences.forget(read.bearer.digest);
    const response = await this.#ask(received, reason);
    const answer = response.status < 500 ? null : this.#staleAnswer(received, read);
    if (!answer) {
      this.#counter.bypassed(reason, received);
      return response;
    }
    await response.body?.cancel();
    return answer;
  }

  #staleAnswer(received: ReceivedRead, read: BoundedRead): Response | null {
    const hasEnded = read.bearer !== null && this.#audiences.hasEnded(read.bearer);
    const stale = hasEnded ? null : this.#reader.staleIfError(read);
    return stale && this.#respond(stale, read, received);
  }

  async #inShadow(received: ReceivedRead, read: BoundedRead): Promise<Response> {
    this.#reader.learn(read.anchor);
    const hit = this.#reader.hit(read);
    const response = await this.#direct(received, "mode-shadow");
    return compareInShadow(response, hit, read, this.#reader, this.#reporter);
  }

  #off(received: ReceivedRead): Promise<Response> {
    this.#reader.learn(received.anchor);
    return this.#direct(received, "mode-off");
  }

  /** The stricter of the setting and of what an admin has set. The setting works without a keeper. */
  #mode(): Mode {
    return stricter(this.#config.mode, this.#reader.mode);
  }

  /** Notes when the wait begins, if it has not begun before. */
  #waits(received: ReceivedRead): void {
    received.startedAt ??= this.#reader.now();
  }
}
