import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { type Attack, answerOverTime } from "./rig.ts";
import { A, B, LONG, OWN, policy } from "./sql.ts";

let database: Database;
beforeAll(async () => {
  database = await openServer();
});
afterAll(() => database?.close());

const NOTES = `
create table public.secrets
  (id int primary key, owner uuid, "true" boolean, published boolean, "false" boolean, note text);
insert into public.secrets values (1, '${A}', false, true, false, 'x'), (2, '${B}', true, true, true, 'x');
alter table public.secrets enable row level security;`;
const WRITE = "update public.secrets set note = 'y' where id = 2";
const UNFLAG = 'update public.secrets set "true" = false where id = 2';

const GATES = `${NOTES} create table public.gates (user_id uuid, kind uuid, org text);`;
const LET_IN = "select 1 from public.gates g where g.user_id = auth.uid()";

/** A helper that looks into `gates`, or whatever `body` reads, as its owner. */
const helper = (name: string, body: string) =>
  `create function private.${name} returns boolean language sql stable security definer set search_path = '' as
    $$ select ${body} $$;`;

interface Stale extends Attack {
  readonly moved: string;
  readonly isAnonymous?: boolean;
}

/** A policy that looks into `gates`. */
const lookup = (using: string, rows: string, moved: string): Stale => ({
  setup: `${GATES} ${rows && `insert into public.gates values ${rows};`} ${policy(using)}`,
  tables: ["secrets", "gates"],
  moved,
});

const LEAVE = "delete from public.gates";

test.each<[string, Stale]>([
  [
    'a row that a column named "false" shows changes',
    { setup: NOTES + policy(`"false" or ${OWN}`), moved: WRITE },
  ],
  [
    'a row that one of two policies shows by a column named "false" changes',
    {
      setup: `${NOTES} create policy flagged on public.secrets using ("false"); ${policy(OWN)}`,
      moved: WRITE,
    },
  ],
  [
    'a row that only a column named "false" shows changes',
    { setup: NOTES + policy('"false"'), moved: WRITE },
  ],
  [
    'a row that only a column named "false" shows to everybody changes',
    { setup: NOTES + policy('"false"'), moved: WRITE, isAnonymous: true },
  ],
  [
    'a row that a flag shows to everybody by its equal named "false" changes',
    { setup: NOTES + policy('published = "false"'), moved: WRITE, isAnonymous: true },
  ],
  [
    'a column named "true", which a flag must equal, changes',
    { setup: NOTES + policy('published = "true"'), moved: UNFLAG },
  ],
  [
    'a column named "true", which a claim must equal, changes',
    { setup: NOTES + policy(`((auth.jwt() ->> 'role') = 'authenticated') = "true"`), moved: UNFLAG },
  ],
  [
    "what a helper looks up changes, by a name that Postgres cuts",
    {
      setup: `${GATES} insert into public.gates values ('${A}');
        ${helper(`${LONG}()`, `exists (${LET_IN})`)} ${policy(`private.${LONG}()`)}`,
      tables: ["secrets", "gates"],
      moved: LEAVE,
    },
  ],
  [
    "what a helper looks up changes, by named arguments in another order",
    {
      setup: `${GATES} insert into public.gates values ('${A}', '${B}');
        ${helper("h(k uuid, u uuid)", "exists (select 1 from public.gates g where g.user_id = u and g.kind = k)")}
        ${policy(`private.h(u => auth.uid(), k => '${B}'::uuid)`)}`,
      tables: ["secrets", "gates"],
      moved: LEAVE,
    },
  ],
  [
    "what a helper looks up changes, by a parameter that a column hides",
    {
      setup: `${GATES} insert into public.gates values ('${A}'), ('${B}');
        ${helper("h(user_id uuid)", "exists (select 1 from public.gates g where g.user_id = user_id)")}
        ${policy("private.h(auth.uid())")}`,
      tables: ["secrets", "gates"],
      moved: LEAVE,
    },
  ],
  [
    "a row comes for which a left join finds none",
    {
      setup: `${GATES} insert into public.teams values (1, 't', null);
        ${policy(`exists (select from public.teams t left join public.gates g on g.user_id = auth.uid()
          where g.user_id is null)`)}`,
      tables: ["secrets", "gates"],
      moved: `insert into public.gates values ('${A}')`,
    },
  ],
  [
    "somebody else's row comes, and others are counted",
    lookup(
      "(select count(*) from public.gates g where g.user_id <> auth.uid()) = 0",
      "",
      `insert into public.gates values ('${B}')`,
    ),
  ],
  [
    "a null comes into what the reader must not be in",
    lookup(
      "not (auth.uid() in (select g.user_id from public.gates g))",
      "",
      "insert into public.gates values (null)",
    ),
  ],
  [
    "a row goes that lacks what the reader's token lacks, too",
    lookup(`exists (${LET_IN} and g.org is not distinct from (auth.jwt() ->> 'org'))`, `('${A}')`, LEAVE),
  ],
  [
    "a row goes that is not what the reader's token lacks",
    lookup(
      `exists (${LET_IN} and not coalesce(g.org = (auth.jwt() ->> 'org'), false))`,
      `('${A}', null, 'x')`,
      LEAVE,
    ),
  ],
  [
    "what an owner's view looks up changes",
    {
      setup: `${NOTES} insert into public.teams values (1, 't', '${A}');
        create view public.mine as select * from public.secrets s
          where exists (select 1 from public.teams t where t.owner = auth.uid());`,
      tables: ["secrets", "mine"],
      read: {
        relation: "mine",
        search: "select=id,note&order=id",
        sql: "select id, note from public.mine order by id",
      },
      moved: "delete from public.teams",
    },
  ],
  [
    "what a helper looks up through a view changes",
    {
      setup: `${GATES} insert into public.gates values ('${A}');
        create view public.seen as select * from public.gates;
        ${helper("h()", "exists (select 1 from public.seen g where g.user_id = auth.uid())")}
        ${policy("private.h()")}`,
      tables: ["secrets", "gates"],
      moved: LEAVE,
    },
  ],
  [
    "what a helper looks up changes, in a table of its own name",
    {
      setup: `${NOTES} create table public.h (u uuid, ok uuid); insert into public.h values ('${B}', '${B}');
        ${helper("h(u uuid)", "exists (select 1 from public.h where h.ok = h.u)")}
        ${policy("private.h(auth.uid())")}`,
      tables: ["secrets", "h"],
      moved: "delete from public.h",
    },
  ],
])("I7. an answer is given up when %s", async (_, attack) => {
  const read = {
    relation: "secrets",
    search: "select=id,note&order=id",
    sql: "select id, note from public.secrets order by id",
  };
  const found = await answerOverTime(database, { read, ...attack });
  expect(found.after).not.toBe(found.before);
  // By the change of the row itself, and not because it counts by its age or all is another.
  expect(found).toMatchObject({ isGivenUp: true, isAnother: false, caveats: [] });
});

test("I7. an answer is kept when a row changes that it cannot show", async () => {
  const { before, after, isGivenUp } = await answerOverTime(database, {
    setup: NOTES + policy(OWN),
    moved: WRITE,
  });
  expect(after).toBe(before);
  expect(isGivenUp).toBe(false);
});
