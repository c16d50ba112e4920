import { HOP_BY_HOP } from "../../../origin/hop-by-hop.ts";
import { TOKEN_HEADER } from "./token.ts";

/**
 * The headers of a passed-through request as the origin shall see them: all of them, minus those of the connection
 * (RFC 9110 §7.6.1), plus who asked and through whom.
 */
export function originHeaders(request: Request): Headers {
  const headers = new Headers(request.headers);
  dropHopByHop(headers);
  // Set by the platform for the host that is asked.
  headers.delete("host");
  // For us: who wrote, and where that can be seen.
  headers.delete(TOKEN_HEADER);
  addForwarded(headers, request.url);
  return headers;
}

/** Drops the headers of a connection: the known ones, and those that `Connection` names. */
export function dropHopByHop(headers: Headers): void {
  const named = headers.get("connection")?.split(",") ?? [];
  for (const name of HOP_BY_HOP) headers.delete(name);
  for (const option of named) {
    const name = option.trim().toLowerCase();
    if (!/^[\w-]+$/.test(name)) continue;
    // Only extension headers, and not proxies'. RFC 9110 §7.6.1 forbids naming end-to-end fields; obeying
    // `Connection: authorization` would let a caller change what a request means after we have judged it.
    if (name.startsWith("x-") && !/^x-(?:forwarded-|real-ip$)/.test(name)) headers.delete(name);
  }
}

/**
 * The caller's address at the end of `X-Forwarded-For`, and which address of ours it spoke to. `cf-connecting-ip` is
 * the platform's word; without it nothing is appended, as what a caller says of itself is worth nothing.
 */
function addForwarded(headers: Headers, url: string): void {
  const client = headers.get("cf-connecting-ip");
  const chain = headers.get("x-forwarded-for");
  if (client !== null && chain?.split(",").at(-1)?.trim() !== client) {
    headers.set("x-forwarded-for", chain === null || chain === "" ? client : `${chain}, ${client}`);
  }
  const [, scheme, host] = /^(https?):\/\/([\w.:[\]-]+)\//.exec(url) ?? [];
  headers.delete("x-forwarded-host");
  headers.delete("x-forwarded-proto");
  if (scheme === undefined || host === undefined) return;
  headers.set("x-forwarded-host", host);
  headers.set("x-forwarded-proto", scheme);
}
