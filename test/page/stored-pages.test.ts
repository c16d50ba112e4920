import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADMIN_SECRET, type Stack, startStack } from "../../testing/gateway/stack.ts";
import { browser, CHROMIUM, pageUrl, signIn } from "./browser.ts";

/** Notes in its own document what it finds in the tab's storage, or how it fails. */
const SCRIPT = `
  let seen;
  try { seen = JSON.stringify(Object.values(sessionStorage)); } catch (error) { seen = error.name; }
  document.documentElement.setAttribute("data-seen", seen);
`;
const HTML = `<!doctype html><title>a</title><script>${SCRIPT}</script>`;
const SVG = `<svg xmlns="http://www.w3.org/2000/svg"><script>${SCRIPT}</script></svg>`;
const XHTML = `<html xmlns="http://www.w3.org/1999/xhtml"><script>${SCRIPT}</script></html>`;

/** Files that a user of the project has uploaded: where they are, as what they are served, and their text. */
const FILES: readonly (readonly [what: string, path: string, type: string | null, text: string])[] = [
  ["a picture", "/storage/v1/object/public/avatars/me.svg", "image/svg+xml", SVG],
  ["a page", "/storage/v1/object/public/avatars/me.html", "text/html; charset=utf-8", HTML],
  ["XML", "/storage/v1/object/public/avatars/me.xml", "application/xml", XHTML],
  ["a page without a type", "/storage/v1/object/public/avatars/me", null, HTML],
  ["a page with a type that is none", "/storage/v1/object/public/avatars/x", "whatever", HTML],
  ["a page of a function", "/functions/v1/hello", "TEXT/HTML", HTML],
  ["a page of the database", "/rest/v1/rpc/hello", "text/html", HTML],
  ["a page that is not there", "/storage/v1/object/public/avatars/gone", "text/html", HTML],
];

describe.skipIf(CHROMIUM === undefined)("files of others, at the gateway's own address", () => {
  const { visit } = browser();
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
    stack.origin.instead = ({ url }) => {
      const { pathname } = new URL(url);
      const [, path = "", type, text] = FILES.find(([, each]) => each === pathname) ?? [];
      if (text === undefined) return undefined;
      // As bytes, since a text would bring a type of its own.
      return new Response(new TextEncoder().encode(text), {
        status: path.endsWith("gone") ? 404 : 200,
        headers: { "x-file": "1", ...(type != null && { "content-type": type }) },
      });
    };
  });

  afterAll(() => stack?.stop());

  it.each(FILES)("%s reads no secret from the tab in which the operator opens it", async (_, path) => {
    const { page } = await visit(pageUrl(stack.gateway.url));
    await signIn(page);
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    const response = await page.goto(`${stack.gateway.url}${path}`);
    expect(response?.headers()["x-file"]).toBe("1");
    // Null: the browser shows it as text.
    const seen = await page.evaluate(() => document.documentElement.getAttribute("data-seen"));
    expect(["SecurityError", null]).toContain(seen);
    // Nothing else has ended the session.
    await page.goto(pageUrl(stack.gateway.url));
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    expect(await page.evaluate(() => Object.values(sessionStorage))).toEqual([ADMIN_SECRET]);
  });
});
