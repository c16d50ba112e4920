/** Headers meant for one connection only (RFC 9110 §7.6.1). `proxy-*` are meant for the next proxy (§11.7). */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
