import type { WaitUntil } from "../../fence/fence-sync.ts";
import type { UsageReporter } from "../../fence/usage.ts";
import type { Mode } from "../../keeper/protocol/position.ts";
import { type Classified, classifySignature } from "../classify/classify.ts";
import { networksOf } from "../classify/client-networks.ts";
import { type KnownUrl, KnownUrls } from "../classify/known-urls.ts";
import { type Look, lookAt, signatureFrom } from "../classify/signature.ts";
import type { ResolvedConfig } from "../config/config.ts";
import { cacheStatus } from "../http/cache-status.ts";
import { corsHeaders } from "../http/cors.ts";
import type { BypassReason, Outcome } from "../http/outcome.ts";
import type { Target } from "../http/path.ts";
import { problem } from "../http/problem.ts";
import { parseToken } from "../http/token.ts";
import { passThrough } from "../pass-through/pass-through.ts";
import { answerHeld, answerRelayed, type Manner } from "./answer.ts";
import { boundOf } from "./bound.ts";
import type { ReadOrder, ReadResult } from "./read-order.ts";
import type { Reader } from "./reader.ts";
import { compareInShadow } from "./shadow.ts";

/** So many counts wait at most; then a sync is made for them, if no other carries them first. */
const COUNTS_WAITING = 200;

type Cacheable = Extract<Classified, { kind: "read" }>;

/** A request, and what a look at it has seen. */
interface Asked {
  readonly request: Request;
  readonly known: KnownUrl;
  readonly anchor: WaitUntil;
  readonly look: Look;
  /** Only an answer all of whose relations are `audience: "public"` serves the caller. */
  readonly publicOnly: boolean;
}

/** Answers `GET` and `HEAD` under `/rest/v1/`: the thin shell between requests and the `Reader`. */
export class ReadShell {
  readonly #config: ResolvedConfig;
  readonly #reader: Reader;
  readonly #reporter: UsageReporter;
  readonly #urls = new KnownUrls();
  readonly #kept: string;

  constructor(config: ResolvedConfig, reader: Reader, reporter: UsageReporter) {
    this.#config = config;
    this.#reader = reader;
    this.#reporter = reporter;
    this.#kept = [...config.headers.response].join(", ");
  }

  /** What was found out about a URL by reads before. */
  known(url: string): KnownUrl | undefined {
    return this.#urls.get(url);
  }

  answer(request: Request, target: Target, anchor: WaitUntil): Response | Promise<Response> {
    return this.answerKnown(request, this.#urls.add(request.url, target), anchor);
  }

  /** A hit in memory is answered at once, without a promise. */
  answerKnown(request: Request, known: KnownUrl, anchor: WaitUntil): Response | Promise<Response> {
    const look = lookAt(request, this.#config);
    const classified = known.classified.get(look.terms) ?? this.#classify(known, look.terms);
    const publicOnly = classified.kind === "read" && classified.publicOnly;
    const asked = { request, known, anchor, look, publicOnly };
    if (classified.kind === "bypass") return this.#direct(asked, classified.reason);
    const order = this.#orderOf(asked, classified);
    const mode = this.#mode();
    if (mode !== "on") return this.#aside(asked, order, mode);
    const hit = this.#reader.hit(order);
    return (hit && this.#put(hit, order, asked)) ?? this.#wait(asked, order);
  }

  async #wait(asked: Asked, order: ReadOrder): Promise<Response> {
    const result = await this.#reader.read(order);
    // A fresh isolate learns the mode with its first sync: switched off means off for this read, too.
    if (this.#mode() === "off") return this.#direct(asked, "mode-off");
    const answer = this.#put(result, order, asked);
    if (answer) return answer;
    return this.#directOrStale(asked, order, result.kind === "direct" ? result.reason : "user-token");
  }

  #classify(known: KnownUrl, terms: string): Classified {
    const classified = classifySignature(signatureFrom(known.target, terms), this.#config);
    this.#urls.remember(known, terms, classified);
    return classified;
  }

  #orderOf({ request, look, anchor }: Asked, { read, table }: Cacheable): ReadOrder {
    const token = look.token === null ? null : parseToken(look.token);
    return {
      read,
      ttlMs: table.ttlMs,
      staleIfErrorMs: table.staleIfErrorMs,
      // A token that cannot be read is of somebody who has written: strictly, then.
      boundMs: token === undefined ? 0 : boundOf(look.cacheControl, table.freshnessMs),
      token: token ?? null,
      client: () => networksOf(request.headers.get("cf-connecting-ip")),
      anchor,
    };
  }

  #mannerOf({ request, known, look }: Asked): Manner {
    const { allowedOrigins } = this.#config;
    const origin = allowedOrigins === "*" ? null : request.headers.get("origin");
    return {
      head: request.method === "HEAD",
      ifNoneMatch: look.ifNoneMatch,
      cors: this.#exposing(corsHeaders(origin, allowedOrigins)),
      contentLocation: known.contentLocation,
      proven: this.#reader.fence?.proven ?? false,
    };
  }

  /** Pages may read what the owner keeps. */
  #exposing(cors: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const exposed = cors["access-control-expose-headers"];
    if (this.#kept === "" || exposed === undefined) return cors;
    return { ...cors, "access-control-expose-headers": `${exposed}, ${this.#kept}` };
  }

  /** The response to a result that needs no more of the origin; null when the origin must be asked. */
  #put(result: ReadResult, order: ReadOrder, asked: Asked): Response | null {
    if (result.kind === "direct" || (asked.publicOnly && !this.#isPublic(result))) return null;
    const manner = this.#mannerOf(asked);
    switch (result.kind) {
      case "held":
        this.#count(result.outcome, order);
        return answerHeld(result, this.#reader.now() - result.asOf, manner);
      case "relay":
        this.#count(result.outcome, order);
        return answerRelayed(result.response, result.outcome, manner);
      case "failed": {
        const outcome: Outcome = { kind: "error", reason: result.reason };
        this.#count(outcome, order);
        return problem(
          result.reason === "timeout" ? "origin-timeout" : "origin-unreachable",
          "The database's API gave no answer, and the cache has none that it may serve.",
          { headers: { ...manner.cors, "cache-status": cacheStatus(outcome, manner.proven) } },
        );
      }
    }
  }

  #isPublic(result: ReadResult): boolean {
    const isPublic = (relation: string) => this.#config.tables.get(relation)?.audience === "public";
    return result.kind === "failed" || (result.kind === "held" && result.held.relations.every(isPublic));
  }

  async #direct({ request, known, anchor }: Asked, reason: BypassReason): Promise<Response> {
    this.#reporter.count("bypasses");
    this.#reporter.count("originRequests");
    if (this.#reporter.pending > COUNTS_WAITING) this.#reader.learn(anchor);
    return passThrough(request, known.target, this.#config, { kind: "bypass", reason });
  }

  /** An answer obtained directly proves nothing and is not kept (P15). */
  async #directOrStale(asked: Asked, order: ReadOrder, reason: BypassReason): Promise<Response> {
    const response = await this.#direct(asked, reason);
    if (response.status < 500) return response;
    const stale = this.#reader.staleIfError(order);
    const answer = stale && this.#put(stale, order, asked);
    if (!answer) return response;
    await response.body?.cancel();
    return answer;
  }

  async #aside(asked: Asked, order: ReadOrder, mode: "off" | "shadow"): Promise<Response> {
    this.#reader.learn(order.anchor);
    if (mode === "off") return this.#direct(asked, "mode-off");
    const hit = this.#reader.hit(order);
    const response = await this.#direct(asked, "mode-shadow");
    return compareInShadow(response, hit, order, this.#reader, this.#reporter);
  }

  /** The stricter of the setting and of what the admin set: the setting works without a keeper. */
  #mode(): Mode {
    const { mode: setting } = this.#config;
    const { mode } = this.#reader;
    if (setting === "off" || mode === "off") return "off";
    return setting === "on" ? mode : setting;
  }

  #count(outcome: Outcome, order: ReadOrder): void {
    switch (outcome.kind) {
      case "hit":
        // What the keeper was asked for, it has counted itself.
        if (outcome.detail !== "keeper") this.#reporter.read(order.read.key);
        this.#reporter.count(
          outcome.detail === "revalidating" || outcome.detail === "stale-if-error" ? "stale" : "hits",
        );
        break;
      case "miss":
        this.#reporter.count("misses");
        break;
      case "bypass":
        this.#reporter.count("bypasses");
        break;
      default:
        this.#reporter.count("errors");
    }
    if (this.#reporter.pending > COUNTS_WAITING) this.#reader.learn(order.anchor);
  }
}
