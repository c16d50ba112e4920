import type { UsageReporter } from "../../fence/usage.ts";
import type { ReadOrder, ReadResult } from "./read-order.ts";
import type { Reader } from "./reader.ts";

/**
 * Shadow mode: the origin answers, and what the cache would have said is compared with it. A difference alone
 * proves nothing, since the bound allows some age; it counts as wrong only if a fence younger than the origin's
 * answer still accepts the entry, so that no age would have corrected it.
 */
export function compareInShadow(
  response: Response,
  hit: ReadResult | null,
  order: ReadOrder,
  reader: Reader,
  reporter: UsageReporter,
): Response {
  if (hit?.kind !== "held") {
    // Keeps the cache as warm as it would be.
    order.anchor(reader.read(order));
    return response;
  }
  if (response.body === null || response.status !== hit.held.status) return response;
  const [toCaller, toCompare] = response.body.tee();
  const { body } = hit.held;
  const compare = async () => {
    const origin = await new Response(toCompare).arrayBuffer();
    reporter.count("shadowReads");
    if (same(origin, body)) return;
    const strict = await reader.read({ ...order, boundMs: 0 });
    if (strict.kind === "held" && same(strict.held.body, body)) reporter.count("shadowWrong");
  };
  order.anchor(compare());
  return new Response(toCaller, response);
}

function same(a: ArrayBuffer, b: ArrayBuffer): boolean {
  if (a.byteLength !== b.byteLength) return false;
  const left = new Uint8Array(a);
  const right = new Uint8Array(b);
  return left.every((byte, index) => byte === right[index]);
}
