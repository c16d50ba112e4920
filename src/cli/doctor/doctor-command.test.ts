import { expect, test } from "vitest";
import { removeCaptureSql, schemaSql } from "../../capture/capture-sql.ts";
import { keeperToken } from "../sql/secrets.ts";
import { folderWith, runToEnd } from "../testing/command.ts";
import { findings } from "../testing/findings.ts";
import { formChecks, functionsChecks, nudgeObstacleChecks } from "./database-checks.ts";
import {
  access,
  changeSchema,
  DEMO,
  diagnose,
  env,
  folder,
  JWT_SECRET,
  SECRET,
  supabase,
  tables,
  useSupabase,
} from "./testing/doctor-bench.ts";

useSupabase();

test("the demo passes: one line for each check, and exit code 0", async () => {
  const { stdout, stderr, exitCode } = await runToEnd(["doctor", ...DEMO], folder.path, env);
  expect({ stderr, exitCode }, stdout).toEqual({ stderr: "", exitCode: 0 });
  for (const line of [
    "✓ the keeper can read the schema",
    "✓ public.articles is watched",
    "✓ public.articles has row-level security",
    "✓ archive.articles is watched",
    "✓ public.published_articles is a view: what it reads is below",
    "✓ changes of the schema are noticed",
    "✓ public.articles: all readers with the role authenticated share answers",
    "✓ public.bookmarks: readers with the role authenticated share answers by sub (policy own on public.bookmarks)",
  ]) {
    expect(stdout.split("\n")).toContain(line);
  }
  expect(stdout).toMatch(/✓ the keeper can pull \(\d+ ms from here\)/);
  // The demo lists one that writes, to show that it is passed on.
  expect(stdout).toContain("! public.view_article(article bigint) is VOLATILE");
  expect(stdout).toContain("Nothing is wrong, 1 to consider.");
  expect(stdout).not.toContain(SECRET);
});

test("a table that is not captured is reported with the fix", async () => {
  await supabase.db.exec(`
    create table bare (id int primary key);
    create table "Odd name" (id int primary key); alter table "Odd name" enable row level security;
    create table timed (id int primary key, until timestamptz); alter table timed enable row level security;
    create policy fresh on timed for select using (until > now());
    create table base (id int primary key); create view shown as select id from base;
    create function visible(int) returns bool language plpgsql stable as
      'begin return exists (select from public.base); end';
    create table opaque (id int primary key); alter table opaque enable row level security;
    create policy calls on opaque for select using (visible(id));
    create table vouched (id int primary key); alter table vouched enable row level security;
    create policy calls on vouched for select using (visible(id));
    create materialized view counts as select count(*) from base;
    create table paused (id int primary key); create table narrow (id int primary key, a int, b int);
    create table extra (id int primary key);
    create table events (id int, day date) partition by range (day);
    create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
    alter table events_2026 enable row level security; create policy all_ on events_2026 for select using (true);
    select tidemark.watch(t::regclass) from unnest(array['timed', 'opaque', 'vouched', 'paused', 'extra', 'events']) t;
    select tidemark.watch('narrow', columns => array['a', 'b']);
    alter table narrow drop column b;
    select tidemark.watch('bare');
  `);
  await supabase.db.exec(
    `select tidemark.unwatch(t::regclass) from unnest(array[${tables.map((t) => `'${t}'`)}]) t`,
  );
  // As each change of the schema would put it right, and the API changes it with its first requests.
  await changeSchema("alter event trigger tidemark_ddl disable; alter table paused disable trigger user");
  using gatewayFolder = folderWith({
    "tidemark.config.ts": `export default { tables: { bare: true, "Odd name": true, timed: true, shown: true,
      opaque: true, counts: true, paused: true, narrow: { dependsOn: ["missing"] }, events_2026: true,
      vouched: { dependsOn: ["bare"] } } }`,
  });
  const { checks, ok, exitCode } = await diagnose([], {}, gatewayFolder.path);
  await changeSchema("alter event trigger tidemark_ddl enable always");
  expect({ ok, exitCode }).toEqual({ ok: false, exitCode: 1 });
  const found = findings(checks);
  for (const expected of [
    /^wrong watched: public\.Odd name is not watched: .* \| Run: select tidemark\.watch\('public\."Odd name"'\)$/,
    /^wrong watched: public\.base, which the view public\.shown reads, is not watched/,
    /^wrong watched: public\.paused is watched, but a trigger is missing or off: .*schema_changed\(\)/,
    /^wrong exists: public\.missing, on which public\.narrow depends, does not exist/,
    /^warning watched: public\.counts is a materialized view, which nothing can watch/,
    /^warning columns: public\.narrow is watched for columns that are gone: b \| .*columns => array/,
    /^warning reads: a policy of public\.timed reads the clock/,
    /^warning reads: a policy of public\.opaque calls a function whose reads are not known \(public\.visible\(integer\)\): .*dependsOn/,
    /^warning row-security: public\.bare has no row-level security/,
    /^warning unused: public\.extra is watched, and nothing configured/,
  ]) {
    expect(found).toContainEqual(expect.stringMatching(expected));
  }
  expect(found.filter((line) => /vouched|events|wrong .*timed/.test(line))).toEqual([]);
  expect(checks).toContainEqual(
    expect.objectContaining({ message: "public.events_2026 is watched with public.events" }),
  );
});

test("settings are read from .dev.vars, too; missing ones are reported", async () => {
  const lines = Object.entries(env).map(([name, value]) => `${name}="${value}"`);
  using gatewayFolder = folderWith({
    "tidemark.config.ts": "export default { tables: { timed: true } }",
    ".dev.vars": lines.join("\n"),
  });
  const read = await runToEnd(["doctor"], gatewayFolder.path);
  expect(read.stdout).toContain("✓ public.timed is watched");
  gatewayFolder.write(".dev.vars", "");
  const { stdout, exitCode } = await runToEnd(["doctor"], gatewayFolder.path);
  expect(exitCode).toBe(1);
  for (const name of ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY"]) {
    expect(stdout).toContain(`✗ ${name} is not set`);
  }
});

test.each<[string, () => Record<string, string>, RegExp]>([
  [
    "another secret",
    () => ({ TIDEMARK_CAPTURE_SECRET: "another secret of 32 characters." }),
    /wrong secret \| .*hash of another secret/,
  ],
  ["no token", () => ({ TIDEMARK_CAPTURE_TOKEN: "" }), /permission denied.*\| .*--caller anon/],
  [
    "a token of another secret",
    () => ({ TIDEMARK_CAPTURE_TOKEN: keeperToken(JWT_SECRET.repeat(2), "x") }),
    /\| .*is not signed/,
  ],
  [
    "a role that is not there",
    () => ({ TIDEMARK_CAPTURE_TOKEN: keeperToken(JWT_SECRET, "x") }),
    /\| The token's role must exist/,
  ],
  ["no server at that address", () => ({ SUPABASE_URL: "http://127.0.0.1:9" }), /cannot be reached/],
])("the reason why the keeper cannot call the database is reported: %s", async (_, changes, expected) => {
  const { checks, exitCode } = await diagnose(DEMO, changes());
  expect(exitCode).toBe(1);
  const found = findings(checks);
  expect(found).toEqual([expect.stringMatching(/^wrong schema: /)]);
  expect(found[0]).toMatch(expected);
});

test.each([
  [
    "a token that has ended",
    { TIDEMARK_CAPTURE_TOKEN: keeperToken(JWT_SECRET, "x", new Date("2001-01-01")) },
    /^wrong capture-token: .*expired on 2011-01-01/,
  ],
  [
    "a token that is none",
    { TIDEMARK_CAPTURE_TOKEN: "secret" },
    /^wrong capture-token: .*not a JSON Web Token/,
  ],
  ["a nudge secret that is none", { TIDEMARK_NUDGE_SECRET: "secret" }, /^wrong nudge-secret: .*not whsec_/],
  [
    "a nudge secret that is too short",
    { TIDEMARK_NUDGE_SECRET: `whsec_${btoa("fifteen letters")}` },
    /^wrong nudge-secret: TIDEMARK_NUDGE_SECRET is shorter than 16 bytes/,
  ],
  ...(["CAPTURE", "ADMIN", "WEBHOOK"] as const).flatMap(
    (which): [string, Record<string, string>, RegExp][] => [
      [
        `a short secret: ${which}`,
        { [`TIDEMARK_${which}_SECRET`]: "fifteen letters" },
        new RegExp(
          `^wrong ${which.toLowerCase()}-secret: TIDEMARK_${which}_SECRET is shorter than 16 characters`,
        ),
      ],
      [
        `one letter again and again: ${which}`,
        { [`TIDEMARK_${which}_SECRET`]: "a".repeat(32) },
        new RegExp(
          `^warning ${which.toLowerCase()}-secret: TIDEMARK_${which}_SECRET has few different characters`,
        ),
      ],
      [
        `a placeholder: ${which}`,
        { [`TIDEMARK_${which}_SECRET`]: "change-me-before-production" },
        new RegExp(
          `^warning ${which.toLowerCase()}-secret: TIDEMARK_${which}_SECRET looks like a placeholder`,
        ),
      ],
    ],
  ),
  [
    "a secret key",
    { SUPABASE_PUBLISHABLE_KEY: "sb_secret_x" },
    /^wrong settings: SUPABASE_PUBLISHABLE_KEY is a secret key/,
  ],
])("an impossible setting is reported: %s", async (_, changes, expected) => {
  const { checks } = await diagnose(DEMO, changes);
  expect(findings(checks)).toContainEqual(expect.stringMatching(expected));
  // Shorter ones could be words of the messages.
  for (const value of Object.values(changes).filter(({ length }) => length > 12))
    expect(findings(checks).join()).not.toContain(value);
});

test("what stops capture in the database is reported with its reason: an obstacle, a refused pruning", async () => {
  await changeSchema(`create foreign data wrapper nothing; create server nowhere foreign data wrapper nothing;
    create table blocked (id int not null) partition by range (id); select tidemark.watch('blocked');
    create foreign table away partition of blocked for values from (0) to (9) server nowhere;
    update tidemark.state set next_prune = pg_current_snapshot(), next_prune_at = now() - interval '3 days';
    insert into samples (id) values (987654321); create publication narrow for table tidemark.outbox (op)`);
  using gatewayFolder = folderWith({ "tidemark.config.ts": "export default { tables: { blocked: true } }" });
  const found = findings((await diagnose([], {}, gatewayFolder.path)).checks);
  for (const expected of [
    /^wrong watched: public\.blocked is not watched, because public\.away is a foreign table.* \| It is watched again when/,
    /^wrong prune: the outbox grows: the keeper cannot prune it: .*cannot delete from table/,
  ]) {
    expect(found).toContainEqual(expect.stringMatching(expected));
  }
  await changeSchema("drop publication narrow; drop table blocked");
  expect((await diagnose(DEMO)).checks).toContainEqual(
    expect.objectContaining({ name: "prune", severity: "ok" }),
  );
});

test("nudges that the database cannot send are reported, with what to do", () => {
  expect(nudgeObstacleChecks(null)).toEqual([]);
  const reason =
    "a transaction that has notified cannot be prepared, which max_prepared_transactions = 10 allows";
  expect(findings(nudgeObstacleChecks(reason))).toEqual([
    expect.stringMatching(/^warning nudge: the database sends no nudges: a transaction .* \| .*--nudge-url/),
  ]);
});

test("L4. SQL of an older Tidemark, and of a newer one, is reported, with what it costs", () => {
  expect(formChecks(3)).toEqual([]);
  expect(findings([undefined, 1, 2, 4].flatMap(formChecks))).toEqual([
    expect.stringMatching(
      /^warning capture: .* of an older Tidemark: .* more than 500 rows .* \| Run tidemark sql/,
    ),
    expect.stringMatching(/^warning capture: .* of an older Tidemark: .* more than 500 rows/),
    expect.stringMatching(
      /^warning capture: .* of an older Tidemark: statements of many rows .* \| Run tidemark sql/,
    ),
    expect.stringMatching(/^warning capture: .* of a newer Tidemark: .* \| Upgrade tidemark/),
  ]);
});

test("functions that another role can replace are reported", async () => {
  expect(functionsChecks(undefined, "public")).toEqual([]);
  await changeSchema(
    "create role somebody; alter function tidemark_prune(text) owner to somebody; grant execute on function tidemark_prune(text) to tidemark_keeper",
  );
  expect(findings((await diagnose(DEMO)).checks)).toContainEqual(
    expect.stringMatching(
      /^wrong functions: the schema public, or a tidemark_ function in it, .* secret \| /,
    ),
  );
  await changeSchema("alter function tidemark_prune(text) owner to postgres; drop role somebody");
});

// These are last because they remove capture.
test("without event triggers, and without capture, it says what that costs", async () => {
  await changeSchema("drop event trigger tidemark_ddl");
  expect(findings((await diagnose(DEMO)).checks)).toContainEqual(
    expect.stringMatching(/^warning ddl: .*schema_changed/),
  );
  expect(findings((await diagnose(DEMO)).checks)).toContainEqual(
    expect.stringMatching(/^warning audience: .* nobody who signs in may share answers/),
  );

  await changeSchema(removeCaptureSql() + schemaSql(access));
  const described = await diagnose(DEMO);
  expect(described.exitCode).toBe(0);
  expect(findings(described.checks)).toEqual([
    expect.stringMatching(/^warning pull: capture is not installed/),
    // Only capture looks into bodies that are texts.
    expect.stringMatching(/^warning reads: a policy of public\.notes calls .*private\.owns_team/),
    expect.stringMatching(/^warning function: public\.search_articles\(\) calls .*proven by their age/),
    expect.stringMatching(/^warning function: public\.my_notes\(\) calls .*proven by their age/),
    expect.stringMatching(/^warning function: public\.view_article\(article bigint\) is VOLATILE/),
  ]);

  await supabase.db.exec(removeCaptureSql());
  const { checks } = await diagnose(DEMO);
  expect(findings(checks)).toEqual([expect.stringMatching(/^wrong schema: .* \| .*tidemark sql/)]);
});
