import { createHash } from "node:crypto";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { variables } from "./src/style/palette.ts";

const ROOT = import.meta.dirname;

/** A page and the `Content-Security-Policy` that it must be served with. */
interface PageDocument {
  readonly html: string;
  readonly csp: string;
}

/** The whole page as one document: its script and styles are inline, and the policy knows both by their hashes. */
export async function documentOf(): Promise<PageDocument> {
  const [script, style] = await Promise.all([
    bundle("src/main.tsx", {
      format: "iife",
      jsx: "automatic",
      jsxImportSource: "preact",
      // A library must not bring its development warnings.
      define: { "process.env.NODE_ENV": '"production"' },
    }),
    bundle("src/style/page.css").then((css) => variables() + css),
  ]);
  const html = [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    "<title>Tidemark</title>",
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    '<meta name="robots" content="noindex">',
    `<link rel="icon" href="${ICON}">`,
    `<style>${style}</style>`,
    "</head>",
    "<body>",
    '<div id="page"></div>',
    "<noscript><p>This page needs JavaScript. Everything it shows is in the admin endpoints and <code>tidemark stats</code>, too.</p></noscript>",
    `<script>${script}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
  return { html, csp: policy(script, style) };
}

/** Two lines of tide: no request for /favicon.ico, which would go to the project. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='#1a86a8' stroke-width='2' stroke-linecap='round'><path d='M1 6q3.5-3.5 7 0t7 0M1 11q3.5-3.5 7 0t7 0'/></svg>",
)}`;

async function bundle(entry: string, options: BuildOptions = {}): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, entry)],
    bundle: true,
    write: false,
    minify: true,
    charset: "utf8",
    legalComments: "none",
    target: ["es2022", "chrome109", "firefox115", "safari16.4"],
    logLevel: "silent", // the error it throws says the same
    ...options,
  });
  const text = outputFiles?.[0]?.text.trim() ?? "";
  if (/<\/(?:script|style)/i.test(text)) throw new Error(`${entry}: the bundle would end its own element`);
  return text;
}

function policy(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // Nothing here makes HTML from text, so nothing may.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

/** As the browser computes it, of the element's text. */
function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
