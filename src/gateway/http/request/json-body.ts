import { problem } from "../problem.ts";

/** Enough for any payload that Supabase sends (a row), and for a hundred queries. */
export const MAX_BODY_BYTES = 1_048_576;

/** The text of a body, or its bytes from the first one on when it is over the cap: to be read or cancelled. */
type JsonBody = { readonly text: string } | { readonly larger: ReadableStream<Uint8Array> };

/**
 * The text of a JSON request body, or the problem to answer with: not declared as JSON (415), over the cap (413,
 * counted while it arrives: what a sender declares is not believed), not UTF-8 (400). Whether it is JSON is left to
 * the caller.
 */
export async function readJsonText(request: Request, maxBytes = MAX_BODY_BYTES): Promise<string | Response> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  const body = declared > maxBytes ? (refuseOtherType(request) ?? null) : await readJson(request, maxBytes);
  if (body instanceof Response) return body;
  if (body !== null && "text" in body) return body.text;
  await body?.larger.cancel();
  return bodyTooLarge(maxBytes);
}

export function bodyTooLarge(maxBytes: number): Response {
  return problem("body-too-large", `The body may hold ${maxBytes} bytes`);
}

/** The same for a caller that can make something of a larger body. */
export async function readJson(request: Request, maxBytes: number): Promise<JsonBody | Response> {
  const refusal = refuseOtherType(request);
  if (refusal !== null) return refusal;
  let body: Uint8Array | ReadableStream<Uint8Array>;
  try {
    body = await readBody(request, maxBytes);
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

async function readBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array | ReadableStream<Uint8Array>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  for (let next = await reader?.read(); reader && next && !next.done; next = await reader.read()) {
    size += next.value.byteLength;
    chunks.push(next.value);
    if (size > maxBytes) return goOn(chunks, reader);
  }
  return joined(chunks, size);
}

/** What was read so far, and then the rest. */
function goOn(
  chunks: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const chunk = chunks.shift() ?? (await reader.read()).value;
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel: (reason) => reader.cancel(reason).catch(() => {}),
  });
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
