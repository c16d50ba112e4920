import { PROBLEMS } from "../http/problem.ts";

/**
 * `GET /_tidemark/problems`: what each code of a problem means, as a page for people. A problem's `type` (RFC 9457 §3.1.1)
 * leads to its row. Public and the same for everybody.
 */
export function problemsPage(): Response {
  return new Response(page(), {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
    },
  });
}

// Codes and titles are ours and hold nothing that HTML would read as its own; a test says so.
const rowOf = ([code, { status, title }]: readonly [string, { status: number; title: string }]) =>
  `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td></tr>`;

/** Made when somebody looks, which is seldom: not by each isolate that starts. */
const page = () => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tidemark: problems</title>
<style>
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  td, th { padding: .25rem .75rem; text-align: start; }
  tr:target { outline: 2px solid; }
</style>
<h1>Problems</h1>
<p>The gateway's own errors, by the <code>code</code> of their body. What to do about each is in
<code>docs/errors.md</code> of the package.</p>
<table>
<thead><tr><th>code</th><th>status</th><th>what it means</th></tr></thead>
<tbody>
${Object.entries(PROBLEMS).map(rowOf).join("\n")}
</tbody>
</table>
</html>
`;
