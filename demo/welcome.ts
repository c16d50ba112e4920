import type { Paint } from "../src/cli/print/paint.ts";
import { shellWord } from "../src/cli/print/shell.ts";
import { CAPTURE_SECRET, captureToken, NUDGE_SECRET } from "./capture.ts";
import { ADA, PASSWORD } from "./readers.ts";
import type { Settings } from "./settings.ts";
import type { Supabase } from "./supabase.ts";

/** Printed when the embedded Supabase and the gateway are up: where they are, and lines to try. */
export function welcome(gateway: string, supabase: Supabase, settings: Settings, paint: Paint): string {
  const { url, publishableKey, secretKey } = supabase;
  const top = `'${gateway}/rest/v1/articles?select=id,title,views&order=views.desc&limit=3' -H 'apikey: ${publishableKey}'`;
  const tries: [string, string][] = [
    ["Read through the cache; run it again, and it is a hit", `curl -i ${top}`],
    [
      "Read films from a table of thousands",
      `curl -i '${gateway}/rest/v1/movies?select=title,imdb_rating&director=eq.Christopher%20Nolan&order=imdb_rating.desc' -H 'apikey: ${publishableKey}'`,
    ],
    [
      "Call a function, as supabase.rpc() does; one that writes is passed on uncached, and Cache-Status says why",
      calls(gateway, publishableKey),
    ],
    [
      "Write straight to Supabase, past the gateway; a second later the first answer has changed",
      `curl -X PATCH '${url}/rest/v1/articles?id=eq.1' -H 'apikey: ${secretKey}' -H 'content-type: application/json' -d '{"views":'$(date +%s)'}' && sleep 1 && curl ${top}`,
    ],
    [
      "Sign in and read your own bookmarks, four times: asked about, filled, then from the cache",
      signedIn(gateway, publishableKey),
    ],
    [
      "See what the cache has done so far",
      `${quotedEnv({ TIDEMARK_ADMIN_SECRET: settings.adminSecret })} ${TIDEMARK} stats --gateway ${gateway}`,
    ],
    ["See who shares what, and what is not captured", doctor(gateway, supabase, settings)],
  ];
  return [
    "",
    `  ${paint("bold", "Gateway")}          ${gateway}`,
    `  ${paint("bold", "Page")}             ${gateway}/_tidemark/  (secret: ${settings.adminSecret})`,
    `  ${paint("bold", "Supabase")}         ${url}${settings.originLatency > 0 ? `  (+${settings.originLatency} ms an answer)` : ""}`,
    `  ${paint("bold", "Publishable key")}  ${publishableKey}`,
    `  ${paint("bold", "Secret key")}       ${secretKey}`,
    "",
    ...tries.flatMap(([what, line]) => [paint("dim", `# ${what}`), line, ""]),
  ].join("\n");
}

function doctor(gateway: string, { url, publishableKey }: Supabase, settings: Settings): string {
  const env = {
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEY: publishableKey,
    TIDEMARK_CAPTURE_SECRET: CAPTURE_SECRET,
    TIDEMARK_CAPTURE_TOKEN: captureToken(),
    TIDEMARK_NUDGE_SECRET: NUDGE_SECRET,
    TIDEMARK_ADMIN_SECRET: settings.adminSecret,
  };
  return `${quotedEnv(env)} ${TIDEMARK} doctor --config demo/tidemark.config.ts --gateway ${gateway}`;
}

/** The Node that comes with the demo's packages, whatever else is installed. */
const TIDEMARK = "npx node src/cli/tidemark.ts";

/** Variables in front of a command. */
function quotedEnv(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${shellWord(value)}`)
    .join(" ");
}

function calls(gateway: string, publishableKey: string): string {
  const call = (name: string, body: object) =>
    `curl -si '${gateway}/rest/v1/rpc/${name}' -H 'apikey: ${publishableKey}' -H 'content-type: application/json' -d '${JSON.stringify(body)}' | grep -iE '^(cache-status|\\[)'`;
  return [
    call("search_articles?select=id,title&limit=2", { term: "cache" }),
    call("view_article", { article: 1 }),
  ].join("; ");
}

/** Keeps the session's token, then reads with it. Each read waits a moment, as the first one's asking is behind its answer. */
function signedIn(gateway: string, publishableKey: string): string {
  const key = `-H 'apikey: ${publishableKey}'`;
  const session = `curl -s '${gateway}/auth/v1/token?grant_type=password' ${key} -H 'content-type: application/json' -d '${JSON.stringify({ email: ADA.email, password: PASSWORD })}'`;
  const read = `curl -si '${gateway}/rest/v1/bookmarks?select=id,note,articles(title)&order=id&limit=2' ${key} -H "authorization: Bearer $TOKEN"`;
  return `TOKEN=$(${session} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/'); for n in 1 2 3 4; do ${read} | grep -iE '^(cache-status|\\[)'; sleep 0.3; done`;
}
