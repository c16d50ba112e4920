import { beforeAll, expect, test } from "vitest";
import { prepare } from "../../../testing/gateway/prepare.ts";
import { folderWith } from "../testing/command.ts";
import { findings } from "../testing/findings.ts";
import { DEMO, describeOnce, diagnose, supabase, useSupabase } from "./testing/doctor-bench.ts";

useSupabase();

beforeAll(async () => {
  await prepare(
    supabase,
    `
    create function opaque() returns bigint language plpgsql stable as $$ begin return (select count(*) from articles); end $$;
    create function raw(json) returns json language sql immutable as 'select $1';
    create function announces() returns int language plpgsql stable as
      $$ begin perform set_config('response.status', '202', true); return 1; end $$;
    create function by_label() returns bigint language sql as 'select count(*) from public.tags';
  `,
  );
  await describeOnce();
});

test("of the demo's functions it says what they read, how that is known, and who shares answers", async () => {
  const { checks } = await diagnose(DEMO);
  const said = checks.filter(({ name }) => name === "function").map(({ message }) => message);
  expect(said).toEqual([
    expect.stringMatching(/^public\.search_articles\(term text\) reads public\.articles \(\d+ columns\), as Postgres says$/),
    expect.stringMatching(/^public\.article_stats\(.*\) reads public\.articles, public\.comments, by your word in dependsOn$/),
    expect.stringMatching(/^public\.my_notes\(\) reads public\.memberships .*, public\.notes .*, as Postgres says$/),
    expect.stringMatching(/^public\.view_article\(article bigint\) is VOLATILE, and may do more than read \(.*a statement that writes.*\): its reads pass through$/),
  ]); // biome-ignore format: one line each
  const audiences = checks.filter(({ name }) => name === "audience").map(({ message }) => message);
  expect(audiences).toContain(
    "public.search_articles(): all readers with the role authenticated share answers",
  );
  expect(audiences).toContainEqual(
    expect.stringMatching(
      /^public\.my_notes\(\): readers with the role authenticated share answers by sub \(/,
    ),
  );
});

test("of others it says why they are not cached, or only by their age, and how to mend it", async () => {
  using folder = folderWith({
    "tidemark.config.ts": `export default {
      timeouts: { origin: "1m" },
      tables: { articles: true, tags: true },
      functions: { opaque: true, raw: true, announces: true, by_label: true, nowhere: true }
    }`,
  });
  const { checks } = await diagnose([], {}, folder.path);
  const said = findings(checks.filter(({ name }) => name === "function"));
  expect(said).toEqual([
    expect.stringMatching(/^warning function: public\.opaque\(\) calls a function whose reads are not known .*dependsOn/),
    expect.stringMatching(/^warning function: public\.opaque\(\) reads, or may read, parts of a request|^warning function: public\.raw/),
    ...said.slice(2),
  ]); // biome-ignore format: one line each
  expect(said.some((each) => /public\.raw\(json\) has an argument without a name/.test(each))).toBe(true);
  expect(said.some((each) => /public\.announces\(\) may set response\.status/.test(each))).toBe(true);
  expect(said.some((each) => /^wrong function: public\.nowhere\(\) does not exist/.test(each))).toBe(true);
  // VOLATILE is only its default label: Postgres sees that it reads and no more.
  expect(said.filter((each) => /by_label/.test(each))).toEqual([]);
});
