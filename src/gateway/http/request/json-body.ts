import { readCapped } from "../../../origin/read-capped.ts";
import { problem } from "../problem.ts";

/** Enough for any payload that Supabase sends (one row), and for a hundred queries. */
export const MAX_BODY_BYTES = 1_048_576;

/** A body's text, or, when it is over the cap, its bytes from the first one on: read or cancel them. */
type JsonBody = { readonly text: string } | { readonly larger: ReadableStream<Uint8Array> };

/**
 * The text of a JSON request body, or the problem to answer with: not declared as JSON (415), over the cap (413, by the
 * bytes that arrive), not UTF-8 (400). Does not check that it is JSON.
 */
export async function readJsonText(request: Request, maxBytes = MAX_BODY_BYTES): Promise<string | Response> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  const body = declared > maxBytes ? refuseOtherType(request) : await readJson(request, maxBytes);
  if (body instanceof Response) return body;
  if (body !== null && "text" in body) return body.text;
  await body?.larger.cancel();
  return bodyTooLarge(maxBytes);
}

export function bodyTooLarge(maxBytes: number): Response {
  return problem("body-too-large", `The body may hold ${maxBytes} bytes`);
}

/** The same for a caller that can use a part of a larger body. */
export async function readJson(request: Request, maxBytes: number): Promise<JsonBody | Response> {
  const refusal = refuseOtherType(request);
  if (refusal !== null) return refusal;
  let body: Uint8Array | ReadableStream<Uint8Array>;
  try {
    body = await readCapped(request.body, maxBytes);
  } catch {
    return problem("malformed-json", "The body ended before it was complete");
  }
  if (!(body instanceof Uint8Array)) return { larger: body };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body) };
  } catch {
    return problem("malformed-json", "The body is not valid UTF-8");
  }
}

function refuseOtherType(request: Request): Response | null {
  const mediaType = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType === "application/json") return null;
  return problem("unsupported-media-type", "Send the body as Content-Type: application/json", {
    headers: { accept: "application/json" },
  });
}
