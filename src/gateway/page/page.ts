import { PAGE, PAGE_CSP } from "./document.generated.ts";

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": PAGE_CSP,
  // It holds no figure and no secret, but a page of yesterday must not ask the gateway of today.
  "cache-control": "no-cache",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex",
};

/**
 * `GET /_tidemark/`: the operator's page. It is the same for everybody and holds nothing of the project: what it shows, it
 * asks of the admin endpoints, with the secret that whoever opened it has typed.
 */
export function servePage(method: "GET" | "HEAD"): Response {
  return new Response(method === "HEAD" ? null : PAGE, { headers: HEADERS });
}
