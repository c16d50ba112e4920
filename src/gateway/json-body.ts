import { problem } from "./problem.ts";

/** Enough for any payload that Supabase sends (a row), and for a hundred queries. */
export const MAX_BODY_BYTES = 1_048_576;

/**
 * The text of a JSON request body, or the problem to answer with: not declared as JSON (415), over the cap (413,
 * counted while it arrives: what a sender declares is not believed), not UTF-8 (400). Whether it is JSON is left to
 * the caller.
 */
export async function readJsonText(request: Request, maxBytes = MAX_BODY_BYTES): Promise<string | Response> {
  const mediaType = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType !== "application/json") {
    return problem("unsupported-media-type", "Send the body as Content-Type: application/json", {
      headers: { accept: "application/json" },
    });
  }
  const tooLarge = () => problem("body-too-large", `The body may hold ${maxBytes} bytes`);
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return tooLarge();

  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    const reader = request.body?.getReader();
    for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
      size += next.value.byteLength;
      if (size > maxBytes) {
        await reader?.cancel().catch(() => {});
        return tooLarge();
      }
      chunks.push(next.value);
    }
  } catch {
    return problem("malformed-json", "The body ended before it was complete");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(joined(chunks, size));
  } catch {
    return problem("malformed-json", "The body is not valid UTF-8");
  }
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
