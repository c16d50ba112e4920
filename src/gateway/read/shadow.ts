import type { UsageReporter } from "../../fence/usage.ts";
import { type BoundedRead, type ReadResult, strictly } from "../reader/bounded-read.ts";
import type { Reader } from "../reader/reader.ts";

/**
 * Shadow mode: the origin answers, and its answer is compared with what the cache would have said. A difference alone
 * proves nothing, because the bound allows some age. It counts as wrong only if a fence younger than the origin's
 * answer still accepts the entry, so that waiting would not have corrected it.
 *
 * @param hit what memory would have served; null when it had nothing
 */
export function compareInShadow(
  response: Response,
  hit: ReadResult | null,
  read: BoundedRead,
  reader: Reader,
  reporter: UsageReporter,
): Response {
  if (hit?.kind !== "held") {
    // Keeps the cache as warm as it would be.
    read.anchor(reader.read(read));
    return response;
  }
  if (response.body === null || response.status !== hit.held.status) return response;
  const [toCaller, toCompare] = response.body.tee();
  const { body } = hit.held;
  const compare = async () => {
    const origin = await new Response(toCompare).arrayBuffer();
    reporter.count("shadowReads");
    if (isSame(origin, body)) return;
    const strict = await reader.read(strictly(read));
    if (strict.kind === "held" && isSame(strict.held.body, body)) reporter.count("shadowWrong");
  };
  read.anchor(compare());
  return new Response(toCaller, response);
}

function isSame(a: ArrayBuffer, b: ArrayBuffer): boolean {
  if (a.byteLength !== b.byteLength) return false;
  const left = new Uint8Array(a);
  const right = new Uint8Array(b);
  return left.every((byte, index) => byte === right[index]);
}
