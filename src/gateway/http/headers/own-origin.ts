/**
 * What a browser may show as a document that runs scripts: HTML, XML of any kind, SVG included, and what may have these as parts.
 * So may be what has no type, or none that can be read, as browsers guess then (WHATWG MIME Sniffing, "supplied MIME type").
 */
const MAY_RUN_SCRIPTS = /html|xml|xsl|multipart|unknown|\*\/\*/i;
const TYPE = /^[\s,]*[\w!#$&^.+-]+\/[\w!#$&^.+-]/;

/** All that a page may do, but be of this origin: it reads no storage, frames nothing and calls nothing as the gateway's own. */
const SANDBOX = [
  "sandbox",
  "allow-downloads",
  "allow-forms",
  "allow-modals",
  "allow-popups",
  "allow-popups-to-escape-sandbox",
  "allow-scripts",
  "allow-top-navigation-by-user-activation",
].join(" ");

/**
 * Gives an origin's answer an origin of its own, should a browser show it as a document. What users have uploaded is at the
 * same address as the operator's page, and a picture may be a program: opened in the operator's tab, it would read the admin
 * secret there. Nothing else of an answer changes, nor what it is as a picture, a script or the answer to `fetch`.
 */
export function withOwnOrigin(headers: Headers): void {
  const type = headers.get("content-type") ?? "";
  if (MAY_RUN_SCRIPTS.test(type) || !TYPE.test(type)) headers.append("content-security-policy", SANDBOX);
}
