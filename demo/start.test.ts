import { exec, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, expect, test } from "vitest";
import { processesWith } from "../src/cli/dev/workerd/processes.ts";
import { following, type Running } from "../src/cli/testing/command.ts";
import { listening } from "../testing/origins/listening.ts";
import { until } from "../testing/patience.ts";
import { removeFolder } from "../testing/remove-folder.ts";

const stateDir = mkdtempSync(join(tmpdir(), "tidemark-demo-"));
const marker = `TIDEMARK_TEST=${randomUUID()}`;
afterEach(() => {
  for (const pid of processesWith(marker)) process.kill(pid, "SIGKILL");
});
afterAll(() => removeFolder(stateDir));

/** The demo as `npm start` runs it, in its own process group, as under a shell. */
function startDemo(args: string[] = [], env: Record<string, string> = {}): Running {
  return following(
    spawn(process.execPath, [join(import.meta.dirname, "start.ts"), ...args], {
      env: {
        ...process.env,
        PORT: "0",
        ORIGIN_PORT: "0",
        TIDEMARK_STATE_DIR: stateDir,
        ...Object.fromEntries([marker.split("=")]),
        ...env,
      },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

test("an unknown flag is one clear line and exit 1", async () => {
  const demo = startDemo(["--fast"]);
  expect((await demo.ended).exitCode).toBe(1);
  expect(demo.stderr()).toBe("Unknown option '--fast'. npm start -- --help lists the options.\n");
  expect(demo.stdout()).toBe("");
});

test("--help lists the options", async () => {
  const demo = startDemo(["--help"]);
  expect((await demo.ended).exitCode).toBe(0);
  expect(demo.stdout()).toContain("--origin-latency");
});

test("a configuration that the gateway refuses is said once, at once, and exit 1", async () => {
  const demo = startDemo([], { TIDEMARK_MODE: "fast" });
  expect((await demo.ended).exitCode).toBe(1);
  expect(demo.stderr()).toMatch(/^Tidemark's configuration has a problem:\n {2}TIDEMARK_MODE: .*\n$/);
  expect(demo.stdout()).toBe("");
});

test.each(["PORT", "ORIGIN_PORT"])("a taken %s is one clear line and exit 1", async (name) => {
  const { port, stop } = await listening(createServer());
  const demo = startDemo([], { [name]: String(port) });
  expect((await demo.ended).exitCode).toBe(1);
  expect(demo.stderr()).toBe(`Port ${port} is in use. Stop what uses it, or set ${name} to another port.\n`);
  await stop();
});

test("it answers, logs each request, sees changes, keeps them over a restart, and leaves no process", async () => {
  const first = startDemo();
  const [, gateway = ""] = await first.says(/Gateway +(http\S+)/);
  const [, supabase = ""] = await first.says(/Supabase +(http\S+)/);
  const read = async (from: string) => {
    const target = `${from}/rest/v1/articles?select=id,title&id=eq.1`;
    const response = await fetch(target, { headers: { apikey: "sb_publishable_demo" } });
    return { status: response.headers.get("cache-status"), rows: await response.json() };
  };
  // What its own start has asked for is not of interest.
  expect(first.stdout()).not.toMatch(/nudge[\s\S]*Gateway/);
  // On a busy machine a second, which the demo's tables promise, may pass between two reads.
  await until("a read is a hit", async () => /^tidemark; hit/.test((await read(gateway)).status ?? ""));
  await first.says(/GET +200 .* hit; .*\/rest\/v1\/articles\?select=id,title&id=eq\.1/);

  const [signedIn = ""] = await first.says(/^TOKEN=.*$/m);
  const reads = async () => (await promisify(exec)(signedIn)).stdout.match(/^cache-status: .*$/gim) ?? [];
  // On a busy machine asking who reads may take longer than the line waits.
  const statuses = await until("the printed line shows a signed-in hit", async () => {
    const seen = await reads();
    return /hit/.test(seen.at(-1) ?? "") && seen;
  });
  expect(statuses).toHaveLength(4);
  expect(statuses[0]).toContain("fwd=bypass; detail=token-unknown");

  const [doctor = ""] = await first.says(/^SUPABASE_URL=.* doctor .*$/m);
  const cwd = join(import.meta.dirname, "..");
  const examined = await promisify(exec)(doctor.replace("npx node", process.execPath), { cwd });
  expect(examined.stdout).toContain(
    "public.bookmarks: readers with the role authenticated share answers by sub",
  );
  expect(examined.stdout).toContain("Nothing is wrong");

  await fetch(`${supabase}/rest/v1/articles?id=eq.1`, {
    method: "PATCH",
    headers: { apikey: "sb_secret_demo", "content-type": "application/json" },
    body: JSON.stringify({ title: "Changed" }),
  });
  await first.says(/PATCH +20\d .* past the gateway +\/rest\/v1\/articles\?id=eq\.1/);
  await sleep(1_100); // the demo's tables promise a second
  expect((await read(gateway)).rows).toEqual([{ id: 1, title: "Changed" }]);
  await first.says(/^UPDATE .* [1-9]\d* quer(y|ies) invalidated +public\.articles id=1$/m);

  const blocked = startDemo();
  expect((await blocked.ended).exitCode).toBe(1);
  expect(blocked.stderr()).toMatch(/^Another demo \(process \d+\) is using .* set TIDEMARK_STATE_DIR .*\n$/);

  first.child.kill("SIGINT");
  expect((await first.ended).exitCode).toBe(0);
  expect(processesWith(marker)).toEqual([]);

  const second = startDemo();
  const [, gatewayAgain = ""] = await second.says(/Gateway +(http\S+)/);
  expect((await read(gatewayAgain)).rows).toEqual([{ id: 1, title: "Changed" }]);
  // Ctrl-C in a terminal goes to the whole group, workerd included.
  process.kill(-(second.child.pid ?? 0), "SIGINT");
  expect((await second.ended).exitCode).toBe(0);
  expect(processesWith(marker)).toEqual([]);
  expect(second.stderr()).toBe("");
});

test("a request that fails has its reason in the log, and what only watches has no line", async () => {
  const demo = startDemo();
  const [, gateway = ""] = await demo.says(/Gateway +(http\S+)/);
  const headers = { apikey: "sb_publishable_demo" };
  await fetch(`${gateway}/rest/v1/articles?select=no_such`, { headers });
  await demo.says(/GET +400 .*\?select=no_such\n +column articles\.no_such does not exist\n/);
  expect(demo.stdout()).not.toContain("/_tidemark/stats\n");
  demo.child.kill("SIGINT");
  expect((await demo.ended).exitCode).toBe(0);
});

test.skipIf(process.platform === "win32")(
  "kill -9 leaves no workerd behind, and so no taken port",
  async () => {
    const demo = startDemo();
    const [, gateway = ""] = await demo.says(/Gateway +(http\S+)/);
    const rest = () => processesWith(marker);
    expect(rest().length).toBeGreaterThan(1);
    demo.child.kill("SIGKILL");
    await until("workerd has ended, too", () => rest().length === 0);
    const again = startDemo([], { PORT: new URL(gateway).port });
    await again.says(/Gateway +(http\S+)/);
    again.child.kill("SIGINT");
    expect((await again.ended).exitCode).toBe(0);
  },
);

test("a project that does not answer is noticed at once, and a project's tables are its own", async () => {
  const env = { SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x" };
  const dead = startDemo([], { ...env, SUPABASE_URL: "http://127.0.0.1:9" });
  expect((await dead.ended).exitCode).toBe(1);
  expect(dead.stderr()).toMatch(
    /^SUPABASE_URL does not answer: http:\/\/127\.0\.0\.1:9: .*\n {2}Is the project up/,
  );
  const unset = startDemo([], { SUPABASE_URL: "http://127.0.0.1:9", SUPABASE_PUBLISHABLE_KEY: "" });
  expect((await unset.ended).exitCode).toBe(1);
  expect(unset.stderr()).toContain("SUPABASE_PUBLISHABLE_KEY");
});
