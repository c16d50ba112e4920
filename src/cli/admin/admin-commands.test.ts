import { afterAll, beforeAll, expect, test } from "vitest";
import { ADMIN_SECRET, type Stack, startStack } from "../../../testing/gateway/stack.ts";
import { until } from "../../../testing/patience.ts";
import { costOf, perDay } from "../../cost/cost.ts";
import { PRICES_AS_OF } from "../../cost/prices.ts";
import { type Ended, folderWith, runToEnd, start } from "../testing/command.ts";
import { costLines } from "./cost-command.ts";

const LIST = "/rest/v1/articles?select=id%2Ctitle&order=id&limit=2";
const ONE = "/rest/v1/articles?select=id&id=eq.1";

let stack: Stack;
// The secret comes from the folder, as beside `wrangler dev`.
const folder = folderWith({ ".dev.vars": `TIDEMARK_ADMIN_SECRET="${ADMIN_SECRET}"\n` });

beforeAll(async () => {
  // A bound of an hour, so that nothing is refreshed behind a test's back.
  const patient = { freshness: "1h", ttl: "1h" } as const;
  const config = { tables: { articles: patient, authors: patient, movies: patient } };
  stack = await startStack({ config, changes: "pulled" });
  for (const target of [LIST, LIST, LIST]) await stack.read(target);
  await stack.client("gateway").from("articles").select("id").eq("id", 1);
  await stack.read("/rest/v1/unheard_of?select=id");
});
afterAll(async () => {
  folder[Symbol.dispose]();
  await stack?.stop();
});

const env = () => ({ TIDEMARK_GATEWAY_URL: stack.gateway.url });
const tidemark = (...args: string[]): Promise<Ended> => runToEnd(args, folder.path, env());
const json = async (...args: string[]) => JSON.parse((await tidemark(...args, "--json")).stdout);

test("stats: counters for people, aligned and without colours in a pipe", async () => {
  const { stdout, stderr, exitCode } = await tidemark("stats");
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  expect(stdout).toContain(`${stack.gateway.url}  mode on  since `);
  expect(stdout).toMatch(/^hits +2 +40\.0 %/m);
  expect(stdout).toMatch(/^misses +2 +40\.0 %/m);
  expect(stdout).toMatch(/^bypasses +1 +20\.0 %/m);
  expect(stdout).toMatch(/^all +5 +100\.0 % +hit ratio 40\.0 %$/m);
  expect(stdout).toMatch(/^database +3 requests, 2 saved$/m);
  expect(stdout).toMatch(/^queries +2 known, /m);
  expect(stdout).toMatch(/^public\.articles +2 +0 +2 +0 +0 +50\.0 % +0$/m);
  expect(stdout).toMatch(/^other .* table-not-configured 1$/m);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(stdout).not.toMatch(/\x1b/);
});

test("stats --json is the gateway's answer, all of it", async () => {
  const told = await json("stats");
  const { json: asked } = await stack.admin("stats");
  expect(Object.keys(told)).toEqual(Object.keys(asked));
  expect(told).toMatchObject({ hits: 2, misses: 2, bypasses: 1, mode: "on" });
});

test("stats --watch --json prints an object a line until it is told to stop", async () => {
  const watching = start(["stats", "--watch", "--every", "1", "--json"], folder.path, env());
  await until("three lines are there", () => watching.stdout().split("\n").length > 3);
  watching.child.kill("SIGINT");
  const { stdout, exitCode } = await watching.ended;
  expect(exitCode).toBe(0);
  for (const line of stdout.trimEnd().split("\n")) expect(JSON.parse(line)).toMatchObject({ misses: 2 });
});

test("stats --watch says what goes on a second", async () => {
  const watching = start(["stats", "--watch", "--every", "1"], folder.path, env());
  await watching.says(/^a second: 0\.0 hits, .* 0\.0 changes$/m);
  watching.child.kill("SIGTERM");
  expect((await watching.ended).exitCode).toBe(0);
});

test("entries: the queries, page by page", async () => {
  const all = await tidemark("entries");
  expect(all.stdout).toMatch(/^ +\d+ +1 .* fresh.* \/rest\/v1\/articles\?/m);
  expect(all.stdout).toMatch(/^2 of 2 queries$/m);
  const { entries, cursor } = await json("entries", "--limit", "1");
  expect(entries).toHaveLength(1);
  const next = await json("entries", "--limit", "1", "--cursor", cursor);
  expect(next.entries).toHaveLength(1);
  expect(next.entries[0].key).not.toBe(entries[0].key);
  expect((await json("entries", "/rest/v1/movies")).entries).toEqual([]);
});

test("entries: found by a part of the key, and told at length", async () => {
  const found = await json("entries", "--search", "order=ID");
  expect(found.entries).toMatchObject([{ relation: "public.articles", fills: 1 }]);
  const long = await tidemark("entries", "--search", "order=id", "--long");
  expect(long.stdout).toMatch(/^ {4}depends on +public\.articles/m);
  expect(long.stdout).toMatch(/^ {4}shared by +all who show the publishable key$/m);
  const wrong = await tidemark("entries", "--sort", "luck");
  expect(wrong.exitCode).toBe(2);
});

test("top: the most read first", async () => {
  const { entries } = await json("top");
  // Isolates report a sample of what they have read, so the numbers are at least 2 and exactly 1.
  expect(entries).toMatchObject([{ path: expect.stringContaining("limit=2") }, { reads: 1 }]);
  const { stdout } = await tidemark("top", "--limit", "1");
  expect(stdout).toMatch(/^ +\d +1 +0 .* \/rest\/v1\/articles\?select=id,title/m);
  expect(stdout).toMatch(/^1 of 2 queries, by reads\ncounted since the keeper started$/m);
});

test("cost: what was counted, carried on to a day, by Cloudflare's prices", async () => {
  const { operations, elapsedMs, lines, ...cost } = await json("cost");
  expect(operations).toMatchObject({ originRequests: 3 });
  expect(cost).toMatchObject({ asOf: PRICES_AS_OF, dollarsPerMonth: expect.any(Number) });
  const requests = lines.find(({ meter }: { meter: string }) => meter === "workerRequests");
  expect(requests.perDay).toBeCloseTo((operations.workerRequests * 86_400_000) / elapsedMs, 6);
  const { stdout } = await tidemark("cost");
  // The first minutes say nothing of a day.
  expect(stdout).toMatch(/^Counted for .* only: too little to say what a day costs\..*\n$/);
  const shown = costLines(costOf(perDay(operations, 1_800_000)), 1_800_000, (_, text) => text).join("\n");
  expect(shown).toMatch(/^Workers requests +[\d,]+ +[\d,.]+ % +\$[\d.]+ +\$[\d.]+$/m);
  expect(shown).toMatch(/^On the Paid plan a month costs \$\d+\.\d\d: \$5\.00, and/m);
  expect(shown).toMatch(/^Counted for 30 min only: that says little about a day\.$/m);
});

test("explain: a path, a URL and a line of supabase-js are the same read", async () => {
  const { stdout, exitCode } = await tidemark("explain", ONE);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^ {2}cached +yes, as public\.articles$/m);
  expect(stdout).toMatch(/^ {2}known +registered/m);
  const { key } = await json("explain", ONE);
  expect(await json("explain", `https://abc.supabase.co${ONE}#top`)).toMatchObject({ key, query: ONE });
  const packages = `${process.cwd()}/node_modules`;
  using project = folderWith({ ".dev.vars": `TIDEMARK_ADMIN_SECRET=${ADMIN_SECRET}` });
  project.link("node_modules", packages);
  const line = "const { data } = await supabase.from('articles').select('id').eq('id', 1);";
  const ran = await runToEnd(["explain", line, "--json"], project.path, env());
  expect(ran.stderr).toBe("");
  expect(JSON.parse(ran.stdout)).toMatchObject({ kind: "read", registered: true });
  const single = await runToEnd(["explain", line.replace(";", ".single()"), "--json"], project.path, env());
  // `single()` asks with an Accept of its own, so it is another answer.
  expect(JSON.parse(single.stdout)).toMatchObject({ kind: "read", registered: false });
  for (const [wrong, message] of [
    ["supabase.from('articles').insert({ id: 1 })", "the line is a POST"],
    ["supabase.from('articles').select('id').eq('id', id)", "id is not defined"],
  ] as const) {
    const refused = await runToEnd(["explain", wrong], project.path, env());
    expect(refused.stderr).toContain(message);
    expect(refused.exitCode).toBeGreaterThan(0);
  }
  const without = await tidemark("explain", line);
  expect(without.stderr).toContain("needs @supabase/supabase-js in this folder");
});

test("explain says why a query is not cached, and what a change would do", async () => {
  const bypass = await tidemark("explain", "/rest/v1/unheard_of?select=id");
  expect(bypass.stdout).toMatch(/cached +no: the table is not in the configuration \(table-not-configured\)/);
  const record = { id: 2, title: "b" };
  const change = {
    type: "UPDATE",
    schema: "public",
    table: "articles",
    record,
    old_record: { ...record, title: "a" },
  };
  folder.write("change.json", JSON.stringify(change));
  const explained = await tidemark("explain", ONE, "--change", "change.json");
  expect(explained.stdout).toMatch(/^ {2}the change +unaffected: .*\(V\d\)/m);
});

test("purge: queries, a table, a prefix or all; then the next read asks the database", async () => {
  expect((await tidemark("purge", LIST)).stdout).toBe("1 query was invalidated\n");
  expect((await stack.read(LIST)).cacheStatus).toContain("fwd=stale");
  const { purged } = await json("purge", "--table", "articles");
  expect(purged).toBe(2);
  expect(await json("purge", "--prefix", "/rest/v1/movies")).toMatchObject({ purged: 0 });
  expect(await json("purge", "--all")).toHaveProperty("position");
  for (const wrong of [[], ["--all", "--table", "articles"]]) {
    const { stderr, exitCode } = await tidemark("purge", ...wrong);
    expect(stderr).toContain("name exactly one of queries, --table, --prefix and --all");
    expect(exitCode).toBe(2);
  }
  const unknown = await tidemark("purge", "--table", "unheard_of");
  expect(unknown.stderr).toContain("the table is not in the configuration: public.unheard_of");
  expect(unknown.exitCode).toBe(1);
});

test("warm: reads queries that others then find, more than fit in one request, and says which do not cache", async () => {
  const queries = Array.from({ length: 21 }, (_, id) => `/rest/v1/authors?select=name&id=eq.${id}`);
  folder.write("queries.txt", `${queries.join("\n")}\n`);
  const { results } = await json("warm", "--file", "queries.txt");
  expect(results.map(({ query }: { query: string }) => query)).toEqual(queries);
  const again = await tidemark("warm", queries[0] ?? "");
  expect(again.stdout).toMatch(/^ +200 +hit; detail=\w+ +\/rest\/v1\/authors/m);
  expect(again.exitCode).toBe(0);
  const bypass = await tidemark("warm", "/rest/v1/unheard_of?select=id");
  expect(bypass.stdout).toContain("bypass: table-not-configured");
  expect(bypass.exitCode).toBe(1);
});

test("mode: shows, sets, and names what is stricter", async () => {
  expect((await tidemark("mode")).stdout).toBe("the mode is on\n");
  expect((await tidemark("mode", "off")).stdout).toMatch(/^the mode is off\n/);
  expect((await stack.read(ONE)).cacheStatus).toContain("mode-off");
  expect(await json("mode", "on")).toEqual({ mode: "on", set: "on" });
  const wrong = await tidemark("mode", "maybe");
  expect(wrong.stderr).toContain('"maybe" is not a mode');
  expect(wrong.exitCode).toBe(2);
});
