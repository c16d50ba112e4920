import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { benchCommand } from "../../../harness/command.ts";

const SUBJECTS = [
  "tidemark",
  "bentocache",
  "@epic-web/cachified",
  "ocache",
  "cacheable",
  "@unkey/cache",
  "async-cache-dedupe",
];
const PATIENCE_MS = 12_000;

interface Verdict {
  readonly crowd: string;
  readonly cancelled: string;
  readonly deleted: string;
}

/** A client that goes away does not cancel a Worker locally; a service binding's caller who aborts does. */
const CALLER = `export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const abort = new AbortController();
    const cancel = url.searchParams.get("cancel");
    if (cancel !== null) setTimeout(() => abort.abort(), Number(cancel));
    try {
      return await env.PEERS.fetch(request.url, { signal: abort.signal });
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};`;

/** docs/library/comparison.md states what this prints: update that page when a library improves. */
export const correctnessCommand = benchCommand({
  name: "library-correctness",
  description: "What each library does, in real workerd, where caches go wrong",
  args: {},
  run: async () => {
    const miniflare = await start();
    const base = await miniflare.unsafeGetDirectURL("caller");
    for (const subject of SUBJECTS) {
      const { crowd, cancelled, deleted } = await examine(asking(base, subject));
      process.stdout.write(
        `${subject}
  crowd:     ${crowd}
  cancelled: ${cancelled}
  deleted:   ${deleted}
`,
      );
    }
    await miniflare.dispose();
  },
});

type Ask = (key: string, path: string) => Promise<Answer>;

async function examine(ask: Ask): Promise<Verdict> {
  return {
    crowd: await crowd(ask),
    cancelled: await cancelled(ask),
    deleted: await deleted(ask),
  };
}

/** Twenty requests at once, one isolate, one key. */
async function crowd(ask: Ask): Promise<string> {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("crowd", "/read?takes=200")));
  const failed = answers.filter(({ ok }) => !ok).length;
  return `${failed} of 20 fail, ${await loads(ask, "crowd")} loads`;
}

/** The first request is cancelled while it loads; five wait for it; then one more comes. */
async function cancelled(ask: Ask): Promise<string> {
  const gone = ask("cancelled", "/read?takes=500&cancel=100");
  await pause(30);
  const waiting = await Promise.all(Array.from({ length: 5 }, () => ask("cancelled", "/read?takes=500")));
  await gone;
  const after = await ask("cancelled", "/read?takes=10");
  const outcome = (answers: readonly Answer[]) =>
    [
      ...new Set(
        answers.map(({ ok, hangs, ms }) => (hangs ? "hang" : ok ? `answered after ${seconds(ms)}` : "fail")),
      ),
    ].join(", ");
  return `those who wait ${outcome(waiting)}; the next ${outcome([after])}; ${await loads(ask, "cancelled")} loads`;
}

/** The key is deleted while it loads: is the old value there afterwards? */
async function deleted(ask: Ask): Promise<string> {
  const reading = ask("deleted", "/read?takes=300");
  await pause(100);
  await ask("deleted", "/delete");
  const old = await reading;
  const after = await ask("deleted", "/read?takes=10");
  return after.text === old.text ? "the old value is served afterwards" : "the old value is gone";
}

interface Answer {
  readonly ok: boolean;
  readonly hangs: boolean;
  readonly text: string;
  readonly ms: number;
}

function asking(base: URL, subject: string): Ask {
  return async (key, path) => {
    const url = new URL(path, base);
    url.searchParams.set("subject", subject);
    url.searchParams.set("key", key);
    const start = performance.now();
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
      return { ok: response.ok, hangs: false, text: await response.text(), ms: performance.now() - start };
    } catch (error) {
      const hangs = error instanceof Error && error.name === "TimeoutError";
      return { ok: false, hangs, text: String(error), ms: performance.now() - start };
    }
  };
}

async function loads(ask: Ask, key: string): Promise<string> {
  return (await ask(key, "/loads")).text;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function start(): Promise<Miniflare> {
  const bundled = await build({
    entryPoints: [fileURLToPath(new URL("workers/peers.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    target: "es2024",
    platform: "node",
    conditions: ["workerd", "worker"],
    mainFields: ["module", "main"],
    external: ["cloudflare:workers", "node:*"],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire("/");' },
    write: false,
    logLevel: "error",
  });
  const worker = (
    name: string,
    contents: string,
    env: Record<string, { type: "worker"; worker: string }>,
  ) => ({
    config: {
      name,
      compatibilityDate: "2026-08-01",
      compatibilityFlags: ["nodejs_compat"],
      env,
      manifest: { mainModule: "index.js", modules: { "index.js": { type: "esm" as const, contents } } },
    },
    dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
  });
  const started = new Miniflare({
    workers: [
      worker("caller", CALLER, { PEERS: { type: "worker", worker: "peers" } }),
      worker("peers", bundled.outputFiles[0]?.text ?? "", {}),
    ],
  });
  await started.ready;
  return started;
}
