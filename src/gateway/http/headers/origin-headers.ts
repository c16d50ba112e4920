import { HOP_BY_HOP } from "../../../origin/hop-by-hop.ts";
import { TOKEN_HEADER } from "./token.ts";

/**
 * The request headers that the origin gets when a request passes through: all but those of the connection (RFC 9110
 * §7.6.1), plus the caller's address and the gateway's.
 */
export function originHeaders(request: Request): Headers {
  const headers = new Headers(request.headers);
  dropHopByHop(headers);
  // The platform sets it for the origin's host.
  headers.delete("host");
  // Meant for the gateway.
  headers.delete(TOKEN_HEADER);
  addForwarded(headers, request.url);
  return headers;
}

/** Drops the headers of a connection: the known ones and those that `Connection` names. */
export function dropHopByHop(headers: Headers): void {
  const named = headers.get("connection")?.split(",") ?? [];
  for (const name of HOP_BY_HOP) headers.delete(name);
  for (const option of named) {
    const name = option.trim().toLowerCase();
    if (!/^[\w-]+$/.test(name)) continue;
    // Only extension headers, and no proxy's. RFC 9110 §7.6.1 forbids naming end-to-end fields: to obey
    // `Connection: authorization` would let a caller change what a request means after it has been judged.
    if (name.startsWith("x-") && !/^x-(?:forwarded-|real-ip$)/.test(name)) headers.delete(name);
  }
}

/**
 * Appends the caller's address to `X-Forwarded-For` and adds the address that the caller used. Only the platform's
 * `cf-connecting-ip` is trusted; without it nothing is appended.
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
