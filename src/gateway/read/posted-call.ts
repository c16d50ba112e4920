import type { WaitUntil } from "../../fence/fence-sync.ts";
import { canonicalBody } from "../../postgrest/query/parse-call.ts";
import { type Classified, classifySignature, readTarget, WRITE_PROFILE } from "../classify/classify.ts";
import { inspectHeaders, signatureFrom } from "../classify/signature.ts";
import type { ResolvedConfig } from "../config/config.ts";
import { withCors } from "../http/headers/cors.ts";
import { problem } from "../http/problem.ts";
import type { Target } from "../http/request/target.ts";
import type { ReadHandler } from "./read-handler.ts";

/** A larger body passes through unread. */
const MAX_CALL_BYTES = 65_536;

/** Answers what PostgREST takes as a read although it is a POST: configured functions, whose arguments are in the body. */
export class PostedCalls {
  readonly #config: ResolvedConfig;
  readonly #reads: Pick<ReadHandler, "answerClassified">;

  constructor(config: ResolvedConfig, reads: Pick<ReadHandler, "answerClassified">) {
    this.#config = config;
    this.#reads = reads;
  }

  /** @returns null for any other POST, of which nothing has been read */
  answer(request: Request, target: Target, anchor: WaitUntil): Promise<Response> | null {
    const profile = request.headers.get(WRITE_PROFILE) ?? undefined;
    const called = readTarget(target.path, profile, this.#config);
    return "isFunction" in called && called.isFunction ? this.#answer(request, target, anchor) : null;
  }

  async #answer(posted: Request, target: Target, anchor: WaitUntil): Promise<Response> {
    const taken = await takeBody(posted);
    if (taken === null) return bodyCutOff(posted, this.#config.allowedOrigins);
    const { request, body } = taken;
    const headers = inspectHeaders(request, this.#config);
    const classified: Classified =
      body === null
        ? { kind: "bypass", reason: "uncacheable-body", table: null }
        : classifySignature(signatureFrom(target, headers.terms), this.#config, body);
    // It is about what a GET would show (RFC 9110 §13.1.2), and PostgREST ignores it.
    const unconditional = { ...headers, ifNoneMatch: null };
    return this.#reads.answerClassified(
      request,
      { target, contentLocation: null },
      anchor,
      unconditional,
      classified,
    );
  }
}

interface TakenBody {
  /** The request, to be sent on: the same, with a body that has not been read. */
  readonly request: Request;
  /** The arguments as `canonicalBody` prints them. Null: the body is PostgREST's to judge. */
  readonly body: string | null;
}

/**
 * Reads the arguments of a function. A body that says beforehand that it is too large, or not JSON, or does not say how large
 * it is, is not touched.
 *
 * @returns null when the body ends before it is complete
 */
async function takeBody(request: Request): Promise<TakenBody | null> {
  const length = request.headers.get("content-length") ?? "";
  const isSmall = /^\d{1,6}$/.test(length) && Number(length) > 0 && Number(length) <= MAX_CALL_BYTES;
  if (!isSmall || !isJson(request.headers.get("content-type"))) return { request, body: null };
  let bytes: ArrayBuffer;
  try {
    bytes = await request.arrayBuffer();
  } catch {
    return null;
  }
  return { request: new Request(request, { body: bytes }), body: textOf(bytes) };
}

/** With any other parameter than this one, PostgREST decides what it means. */
function isJson(contentType: string | null): boolean {
  return /^application\/json(?:\s*;\s*charset=utf-8)?$/i.test(contentType?.trim() ?? "");
}

// A byte order mark stays, and is no JSON.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: ArrayBuffer): string | null {
  try {
    return canonicalBody(decoder.decode(bytes)) ?? null;
  } catch {
    return null;
  }
}

/** To whoever has not sent all of the body: nobody, as a rule. */
function bodyCutOff(request: Request, allowedOrigins: ResolvedConfig["allowedOrigins"]): Response {
  return withCors(
    problem("malformed-json", "The body ended before it was complete"),
    request,
    allowedOrigins,
  );
}
