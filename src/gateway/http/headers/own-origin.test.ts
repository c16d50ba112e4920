import { expect, it } from "vitest";
import { withOwnOrigin } from "./own-origin.ts";

function policyOf(type: string | null, policy: string | null = null): string | null {
  const headers = new Headers();
  if (type !== null) headers.set("content-type", type);
  if (policy !== null) headers.set("content-security-policy", policy);
  withOwnOrigin(headers);
  return headers.get("content-security-policy");
}

it.each([
  ["text/html"],
  ["TEXT/HTML;charset=utf-8"],
  ["image/svg+xml"],
  ["application/xhtml+xml"],
  ["text/xml"],
  ["application/rss+xml"],
  ["text/xsl"],
  ["multipart/x-mixed-replace; boundary=a"],
  ["image/png, text/html"],
  ["*/*"],
  ["application/unknown"],
  ["html"],
  ["picture"],
  ["/"],
  [""],
  [null],
])("a document of type %s may run scripts, but not as this origin's", (type) => {
  expect(policyOf(type)).toMatch(/^sandbox (?!.*allow-same-origin).*\ballow-scripts\b/);
});

it.each([
  ["application/json; charset=utf-8"],
  ["application/vnd.pgrst.object+json"],
  ["text/plain"],
  ["text/csv"],
  ["text/event-stream"],
  ["image/png"],
  ["application/octet-stream"],
  ["application/pdf"],
  ["text/javascript"],
])("an answer of type %s is no such document, and stays as it is", (type) => {
  expect(policyOf(type)).toBeNull();
});

it("what the origin itself forbids stays forbidden", () => {
  expect(policyOf("text/html", "default-src 'none'")).toMatch(/^default-src 'none', sandbox /);
});
