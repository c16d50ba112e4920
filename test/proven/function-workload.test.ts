import { expect, test } from "vitest";
import { classifySignature } from "../../src/gateway/classify/classify.ts";
import { signatureOf } from "../../src/gateway/classify/signature.ts";
import { resolveConfig } from "../../src/gateway/config/resolve-config.ts";
import { Footprints } from "../../src/keeper/keys/footprints.ts";
import type { Footprint } from "../../src/postgrest/footprint/footprint.ts";
import { canonicalBody } from "../../src/postgrest/query/parse-call.ts";
import { verdictOn } from "../../src/postgrest/verdict/verdict.ts";
import { captureInstallation, describe, PulledChanges } from "../../testing/in-process/feeds.ts";
import { Random } from "../../testing/random.ts";
import { openServer } from "../../testing/soundness/database.ts";

// How often the database is asked for searches under change, compared with somebody who knows which answers have changed.

const KEY = "sb_publishable_test";
const CATEGORIES = Array.from({ length: 20 }, (_, n) => `category ${n}`);
const TERMS = ["alpha", "beta", "gamma", "delta", "omega"];
const CHANGES = 150;

const SQL = `
  create role anon; create role authenticated; create role authenticator;
  create table articles (id int primary key, category text not null, title text not null, views int not null default 0);
  create function in_category(category text) returns setof articles language plpgsql stable as $$
    begin return query select * from public.articles a where a.category = in_category.category order by a.id; end $$;
  create function search(term text) returns table (id int, title text) language sql stable set search_path = '' as
    $$ select a.id, a.title from public.articles a where a.title like '%' || term || '%' order by a.id $$;
`;

const config = resolveConfig(
  {
    tables: { articles: true },
    functions: { in_category: { dependsOn: { articles: "category=eq.{category}" } }, search: true },
  },
  { SUPABASE_URL: "https://project.invalid", SUPABASE_PUBLISHABLE_KEY: KEY },
);

interface Search {
  readonly name: string;
  readonly footprint: Footprint;
  readonly sql: string;
  answer: string;
  isRefused: boolean;
  hasChanged: boolean;
}

test("I7. searches narrowed by their argument ask at most 1.2 times as often as a clairvoyant", async () => {
  const random = Random.spread(7);
  const database = await openServer();
  await database.exec(SQL);
  await database.exec(captureInstallation(config));
  const row = (id: number) =>
    `(${id}, '${random.pick(CATEGORIES)}', '${random.pick(TERMS)} ${random.pick(TERMS)}', ${random.below(99)})`;
  await database.exec(
    `insert into articles values ${Array.from({ length: 300 }, (_, id) => row(id)).join(", ")}`,
  );
  const pulled = new PulledChanges(database.functions);
  await pulled.hear();
  const footprints = new Footprints(config.declared, await describe(database.functions, config));

  const answerTo = async (sql: string): Promise<string> =>
    (await database.query<{ answer: string }>(sql)).rows[0]?.answer ?? "";
  const searchFor = async (name: string, argument: string, value: string): Promise<Search> => {
    const body = canonicalBody(JSON.stringify({ [argument]: value })) ?? "";
    const request = { method: "POST", headers: new Headers({ apikey: KEY }), body };
    const signature = signatureOf(request, `/rest/v1/rpc/${name}`, "", config);
    const classified = classifySignature(signature, config, body);
    if (classified.kind === "bypass") throw new Error(classified.reason);
    const result = footprints.of(classified.read.asked);
    if ("bypass" in result) throw new Error(result.bypass);
    expect(result.footprint.caveats).toEqual([]);
    const sql = `select coalesce(json_agg(r), '[]')::text as answer from ${name}('${value}') r`;
    const answer = await answerTo(sql);
    return { name, footprint: result.footprint, sql, answer, isRefused: false, hasChanged: false };
  };
  const searches = [
    ...(await Promise.all(CATEGORIES.map((each) => searchFor("in_category", "category", each)))),
    ...(await Promise.all(TERMS.map((each) => searchFor("search", "term", each)))),
  ];

  const asked = new Map<string, { ours: number; clairvoyant: number; reads: number }>();
  for (let count = 0; count < CHANGES; count += 1) {
    const id = random.below(320);
    await database.exec(
      random.pick([
        `update articles set views = views + 1 where id = ${id}`,
        `update articles set title = '${random.pick(TERMS)} ${random.pick(TERMS)}' where id = ${id}`,
        `update articles set category = '${random.pick(CATEGORIES)}' where id = ${id}`,
        `insert into articles values ${row(id)} on conflict do nothing`,
        `delete from articles where id = ${id}`,
      ]),
    );
    const { changes } = await pulled.hear();
    for (const search of searches) {
      search.isRefused ||= changes.some((change) => verdictOn(search.footprint, change).affected);
      search.hasChanged ||= (await answerTo(search.sql)) !== search.answer;
      if (!random.chance(0.3)) continue;
      const figures = asked.get(search.name) ?? { ours: 0, clairvoyant: 0, reads: 0 };
      figures.reads += 1;
      if (search.isRefused) figures.ours += 1;
      if (search.hasChanged) figures.clairvoyant += 1;
      asked.set(search.name, figures);
      expect(search.hasChanged && !search.isRefused, `${search.sql} is stale`).toBe(false);
      if (search.isRefused) search.answer = await answerTo(search.sql);
      search.isRefused = false;
      search.hasChanged = false;
    }
  }
  await database.close();

  const ratio = (name: string) => {
    const { ours = 0, clairvoyant = 1 } = asked.get(name) ?? {};
    return ours / clairvoyant;
  };
  const figures = [...asked].map(([name, { reads, ours, clairvoyant }]) => `| ${name} | ${reads} | ${ours} | ${clairvoyant} | ${ratio(name).toFixed(2)} |`); // biome-ignore format: one line
  console.info(["| function | reads | asked | clairvoyant | ratio |", ...figures].join("\n"));
  expect(ratio("in_category")).toBeLessThanOrEqual(1.2);
  // Any change of a title may touch a search that is not narrowed, and no change of another column does.
  expect(ratio("search")).toBeLessThan(6);
});
