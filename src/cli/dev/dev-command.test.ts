import { createServer } from "node:http";
import { expect, test } from "vitest";
import { listening } from "../../../testing/origins/listening.ts";
import { until } from "../../../testing/patience.ts";
import { type Folder, folderWith, runToEnd } from "../testing/command.ts";
import {
  developing,
  gatewayFolder,
  pullingSettings,
  settingsOf,
  WRANGLER,
  workerExporting,
} from "./testing/developing.ts";

const project = developing();

const WORKER = workerExporting("Keeper, Origin");
const configOf = (tables: object) =>
  `export default ${JSON.stringify({ tables, keeper: { schemaReload: "0s" } })};\n`;

/** A folder as `tidemark init` makes it, for this project. */
const folderOf = (settings: Record<string, string>, tables: object): Folder =>
  gatewayFolder({ worker: WORKER, config: configOf(tables), settings });

const settings = (url = project.supabase.url) => settingsOf({ ...project.supabase, url });
const captured = () => ({ ...settings(), ...pullingSettings() });

/** Starts `tidemark dev` and waits until it says where it is. */
async function develop(folder: Folder, ...flags: string[]) {
  const { gateway, ...running } = await project.start(folder, ...flags);
  const read = async (target: string) => {
    const response = await fetch(`${gateway}${target}`, {
      headers: { apikey: project.supabase.publishableKey },
    });
    await response.arrayBuffer();
    return response.headers.get("cache-status") ?? "";
  };
  return { ...running, gateway, read };
}

test("the gateway of a folder runs, with its tables, capture, page and log, and anew when its files change", async () => {
  using folder = folderOf(captured(), { articles: { freshness: "1h" } });
  const { gateway, says, read, child, ended, stdout, stderr } = await develop(folder);
  expect(stdout()).toMatch(new RegExp(`Page +${gateway}/_tidemark/ .*TIDEMARK_ADMIN_SECRET`));
  expect(stdout()).toMatch(/Tables +articles \(1 h\)\n/);
  expect(stdout()).toMatch(/Changes +pulled from the database: freshness counts from the commit\n/);

  await until("a read is a hit", async () =>
    /hit; detail=memory/.test(await read("/rest/v1/articles?select=id")),
  );
  await says(/^GET +200 .* hit; detail=memory +\/rest\/v1\/articles\?select=id$/m);
  expect(await read("/rest/v1/tags?select=id")).toContain("table-not-configured");
  const stats = await runToEnd(["stats", "--json", "--gateway", gateway], folder.path);
  expect(JSON.parse(stats.stdout)).toMatchObject({ proven: true, schemaKnown: true });

  folder.write("tidemark.config.ts", configOf({ articles: { freshness: "soon" } }));
  await until("the wrong configuration is refused", () => /^Not reloaded: .*freshness/ms.test(stderr()));
  expect(await read("/rest/v1/articles?select=id")).not.toContain("misconfigured");

  folder.write("tidemark.config.ts", configOf({ articles: { freshness: "1h" }, tags: { freshness: "1h" } }));
  await says(/^Reloaded\.$/m);
  await until("the other table is cached", async () => /hit/.test(await read("/rest/v1/tags?select=id")));

  // A connection of before may be cut.
  const isHit = () =>
    read("/rest/v1/tags?select=id").then(
      (status) => /hit/.test(status),
      () => false,
    );
  for (const broken of ['throw new Error("not today");', 'import "./nowhere.ts";']) {
    const before = stderr().length;
    folder.write("worker.ts", broken + WORKER);
    await until("the broken Worker is refused", () => /^Not reloaded: /m.test(stderr().slice(before)));
    expect(stderr().slice(before)).toMatch(/\bworker\.ts:1:/);
    await until("a read is a hit", isHit);
  }

  folder.write("worker.ts", workerExporting("Keeper"));
  await until("what is no gateway is refused", () =>
    stderr().includes("Not reloaded: worker.ts does not export Origin"),
  );
  await until("a read is a hit", isHit);

  child.kill("SIGINT");
  expect((await ended).exitCode).toBe(0);
});

test("what is kept is there the next time, unless it is to be reset; and two do not share it", async () => {
  using folder = folderOf(captured(), { articles: { freshness: "1h" } });
  const first = await develop(folder);
  await until("a read is a hit", async () => /hit/.test(await first.read("/rest/v1/articles?select=id")));
  const second = await runToEnd(["dev", "--port", "0"], folder.path);
  expect(second.stderr).toMatch(/^tidemark: another gateway \(process \d+\) uses .*\n {2}.*--state/);
  expect(second.exitCode).toBe(1);
  first.child.kill("SIGTERM");
  expect((await first.ended).exitCode).toBe(0);
  const total = async (gateway: string) =>
    JSON.parse((await runToEnd(["entries", "--json", "--gateway", gateway], folder.path)).stdout).total;
  const again = await develop(folder);
  expect(await total(again.gateway)).toBe(1);
  again.child.kill("SIGINT");
  await again.ended;
  const reset = await develop(folder, "--reset");
  expect(await total(reset.gateway)).toBe(0);
});

test("while the schema is new to the keeper it says so, and top does not call answers invalidated", async () => {
  using folder = folderOf(captured(), {});
  const config = { tables: { articles: { freshness: "1h" } }, keeper: { schemaReload: "1h" } };
  folder.write("tidemark.config.ts", `export default ${JSON.stringify(config)};`);
  const { gateway, stdout, read } = await develop(folder);
  expect(stdout()).toMatch(/^ +for up to \d+ (?:min|h) more, answers count by their age: /m);
  const top = () => runToEnd(["top", "--gateway", gateway], folder.path);
  await until("the answer is there", async () => {
    // A read that came too early has passed through.
    await read("/rest/v1/articles?select=id");
    return /ago +by age for now/.test((await top()).stdout);
  });
  expect((await top()).stdout).toMatch(/^for up to .* more, answers count by their age: /m);
});

test("without capture, without a secret and without tables it says so", async () => {
  const { TIDEMARK_ADMIN_SECRET: _, ...bare } = settings();
  using folder = folderOf(bare, {});
  const { stdout } = await develop(folder);
  expect(stdout()).toMatch(/refuse everybody: put TIDEMARK_ADMIN_SECRET into \.dev\.vars/);
  expect(stdout()).toMatch(/Tables +none: name those to cache/);
  expect(stdout()).toMatch(/Changes +not captured: .*tidemark sql/);
});

test("a table that does not exist, and a secret that the database does not know, are named where it says what it does", async () => {
  const settings = { ...captured(), TIDEMARK_CAPTURE_SECRET: "a secret that nobody knows" };
  using folder = folderOf(settings, { articels: true });
  const { stdout } = await develop(folder);
  expect(stdout()).toContain("articels is not in the database's API");
  expect(stdout()).toContain("# Read through the gateway: nothing is cached until changes are pulled");
  expect(stdout()).toMatch(
    /Changes +not pulled: tidemark_schema answered .*wrong secret\n +The database has the hash/,
  );
});

test("what cannot be run is one line and a hint", async () => {
  const refused = async (folder: Folder, ...flags: string[]) => {
    const { stdout, stderr, exitCode } = await runToEnd(["dev", "--port", "0", ...flags], folder.path);
    expect(stdout).not.toContain("Gateway ");
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).not.toContain("    at ");
    return stderr;
  };
  using empty = folderWith({});
  expect(await refused(empty)).toContain("there is no wrangler.jsonc here");
  expect(await refused(empty, "--port", "http")).toContain("the port must be a whole number");

  using folder = folderOf(settings(), { articles: true });
  folder.write("wrangler.jsonc", JSON.stringify({ main: "src/gone.ts" }));
  expect(await refused(folder)).toContain("main of wrangler.jsonc is not there: src/gone.ts");
  folder.write("wrangler.jsonc", WRANGLER);
  folder.write("tidemark.config.ts", configOf({ articles: { freshness: "10 s" } }));
  expect(await refused(folder)).toContain("tables.articles.freshness");
  folder.write("tidemark.config.ts", "export default { tables: { articles: true } ;");
  expect(await refused(folder)).toContain("tidemark.config.ts cannot be loaded: tidemark.config.ts:1: ");
  folder.write("tidemark.config.ts", 'throw new Error("not today");');
  expect(await refused(folder)).toContain("tidemark.config.ts cannot be loaded: not today\n");
  folder.write("tidemark.config.ts", "await new Promise(() => {}); export default { tables: {} }");
  expect(await refused(folder)).toContain("cannot be loaded: it awaits something that never comes");
  folder.write("tidemark.config.ts", configOf({ articles: true }));
  folder.write("worker.ts", 'import "./nowhere.ts";');
  expect(await refused(folder)).toContain("the Worker cannot be bundled");
  folder.write("worker.ts", `throw new Error("not today");${WORKER}`);
  expect(await refused(folder)).toMatch(
    /not today\n +at worker\.ts:1:7\b[\s\S]*\ntidemark: the Worker does not start/,
  );
  folder.write("worker.ts", "export default 5;");
  expect(await refused(folder)).toMatch(
    /^tidemark: worker\.ts does not export Keeper and Origin\n {2}.*createGateway\(config\)'s worker/,
  );
  folder.write("worker.ts", `${workerExporting("Keeper, Origin").replace("gateway.worker", "5")}`);
  expect(await refused(folder)).toMatch(
    /the default export is not a Worker[\s\S]*\ntidemark: the Worker does not start/,
  );
  folder.write("worker.ts", WORKER);
  folder.write("wrangler.jsonc", JSON.stringify({ main: "worker.ts", compatibility_date: "soon" }));
  expect(await refused(folder)).toContain('the Worker does not start: Compatibility date "soon"');
  folder.write("wrangler.jsonc", WRANGLER);
  expect(await refused(folder, "--state", "worker.ts")).toMatch(
    /the cache cannot be kept in .*worker\.ts \(EEXIST\)\n {2}.*--state/,
  );
  folder.remove("node_modules");
  expect(await refused(folder)).toContain("npm install --save-dev wrangler");

  using dead = folderOf(settings("http://127.0.0.1:9"), { articles: true });
  expect(await refused(dead)).toContain("SUPABASE_URL does not answer: http://127.0.0.1:9");
  using foreign = folderOf(
    { ...settings(), SUPABASE_PUBLISHABLE_KEY: "sb_publishable_other" },
    { articles: true },
  );
  expect(await refused(foreign)).toContain("does not take SUPABASE_PUBLISHABLE_KEY");
  using short = folderOf({ ...captured(), TIDEMARK_CAPTURE_SECRET: "short-secret" }, { articles: true });
  const refusal = await refused(short);
  expect(refusal).toContain("TIDEMARK_CAPTURE_SECRET is shorter than 16 characters");
  expect(refusal).not.toContain("short-secret");
  using taken = folderOf(settings(), { articles: true });
  const { port, stop } = await listening(createServer());
  expect(await refused(taken, "--port", String(port))).toContain(`port ${port} is in use`);
  await stop();
});
