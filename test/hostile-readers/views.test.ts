import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { type Attack, type SqlRead, twoReaders } from "./rig.ts";
import { A, B, C, CLAIMS, OWN, policy, SECRETS, sqlFunction } from "./sql.ts";

let database: Database;
beforeAll(async () => {
  database = await openServer();
});
afterAll(() => database?.close());

const OPEN = `${SECRETS} ${policy("true")}`;
const MINE = sqlFunction("public.mine(public.secrets)", "boolean", "select $1.owner = auth.uid()");
const READ_MINE: SqlRead = {
  relation: "secrets",
  search: "select=id,mine&order=id",
  sql: "select id, s.mine from public.secrets s order by id",
};

const view = (sql: string, setup = SECRETS): Attack => ({
  setup: `${setup} create view public.seen as ${sql};`,
  tables: ["secrets", "seen"],
  read: { relation: "seen", search: "", sql: "select * from public.seen" },
});

test.each<[string, Attack]>([
  [
    "an owner's view over a view of the reader's",
    {
      setup: `${SECRETS} ${policy(OWN)}
        create view public.inner_ with (security_invoker) as select * from public.secrets;
        create view public.outer_ with (security_invoker) as select * from public.inner_;`,
      tables: ["secrets", "inner_", "outer_"],
      read: { relation: "outer_", search: "order=id", sql: "select * from public.outer_ order by id" },
    },
  ],
  [
    "a view's column by claims",
    view("select id, case when auth.uid() = owner then 1 else 0 end as mine from public.secrets"),
  ],
  [
    "a claim in a view's WITH and LATERAL",
    view(`with me as (select auth.jwt() -> 'app_metadata' ->> 'tenant' as tenant)
      select s.id, l.x from public.secrets s, lateral (select me.tenant as x from me) l`),
  ],
  [
    "a window by claims",
    view(
      "select id, rank() over (partition by owner = auth.uid() order by id) as place from public.secrets",
      // By two owners' rows, either would see the same two windows.
      `${SECRETS} insert into public.secrets values (0, '${C}', true, false);`,
    ),
  ],
  [
    "groups by claims",
    view(
      `select auth.jwt() ->> 'role' as role, max(id) as id from public.secrets
      group by auth.jwt() ->> 'role' having max(auth.uid()::text) = '${A}'`,
    ),
  ],
  [
    "an aggregate over claims",
    view(
      "select private.gather(id) as gathered from public.secrets",
      `${SECRETS} ${sqlFunction("private.next(text, int)", "text", `select ${CLAIMS} ->> 'sub'`)}
      create aggregate private.gather(int) (sfunc = private.next, stype = text);`,
    ),
  ],
  ["a computed column", { setup: `${OPEN} ${MINE}`, read: READ_MINE }],
  [
    "a computed column of any type",
    {
      setup: `${OPEN} create function public.mine(anyelement) returns boolean language plpgsql stable as
        $$ begin return auth.uid() = '${A}'; end $$;`,
      dependsOn: ["public.teams"],
      read: READ_MINE,
    },
  ],
  [
    "a computed column inside an or",
    {
      setup: `${OPEN} ${MINE}`,
      read: {
        relation: "secrets",
        search: "select=id&or=(mine.is.true,id.eq.-1)&order=id",
        sql: "select id from public.secrets s where s.mine is true order by id",
      },
    },
  ],
  [
    "a computed column in an order",
    {
      setup: `${OPEN} ${MINE}`,
      read: {
        relation: "secrets",
        search: "select=id&order=mine.desc",
        sql: "select id from public.secrets s order by s.mine desc",
      },
    },
  ],
  [
    "a computed column of a parent's row type",
    {
      setup: `create table public.parent (id int, owner uuid);
        create table public.secrets () inherits (public.parent);
        insert into public.secrets values (1, '${A}'), (2, '${B}');
        ${MINE.replace("mine(public.secrets)", "mine(public.parent)")}`,
      read: READ_MINE,
    },
  ],
  [
    "a partition's own policy",
    {
      setup: `create table public.parent (id int, owner uuid) partition by range (id);
        create table public.secrets partition of public.parent for values from (0) to (10);
        insert into public.parent values (1, '${A}'), (2, '${B}');
        alter table public.secrets enable row level security; ${policy(OWN)}`,
    },
  ],
])("S5. %s gives nobody another's answer", async (_, attack) => {
  const { ann, bob, isShared } = await twoReaders(database, attack);
  expect(ann).not.toBe(bob);
  expect(isShared).toBe(false);
});
