import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { type Attack, twoReaders } from "./rig.ts";
import { A, B, CLAIMS, GATE, LONG, OWN, opaque, policy, SECRETS, sqlFunction } from "./sql.ts";

let database: Database;
beforeAll(async () => {
  database = await openServer();
});
afterAll(() => database?.close());

const ODD_COLUMNS = `
create table public.secrets (id int primary key, owner uuid, "true" boolean, published boolean, "false" boolean);
insert into public.secrets values (1, '${A}', false, true, true), (2, '${B}', false, true, true);
alter table public.secrets enable row level security;
create policy own on public.secrets using (${OWN});`;

test.each<[string, Attack]>([
  ['S14. a column named "true"', { setup: `${ODD_COLUMNS} ${policy('"true"')}` }],
  [
    'S14. a flag that must equal a column named "true"',
    {
      setup: `${ODD_COLUMNS} ${policy('published = "true"')}`,
      read: {
        relation: "secrets",
        search: "published=eq.true&order=id",
        sql: "select * from public.secrets where published order by id",
      },
    },
  ],
  ['S14. the opposite of a column named "false"', { setup: `${ODD_COLUMNS} ${policy('not "false"')}` }],
  [
    "S5. a function of claims, by a name that Postgres cuts",
    {
      setup: `${SECRETS}
        ${sqlFunction(`private.${LONG}()`, "uuid", `select (${CLAIMS} ->> 'sub')::uuid`)}
        ${opaque(`begin return private.${LONG}() = '${A}'; end`)}`,
      dependsOn: ["public.teams"],
    },
  ],
  [
    "S5. a function that nobody can look into, by a name that Postgres cuts",
    {
      setup: `${SECRETS}
        create function private.${LONG}() returns boolean language plpgsql stable as
          $$ begin return auth.uid() = '${A}'; end $$;
        ${opaque(`begin return private.${LONG}(); end`)}`,
      dependsOn: ["public.teams"],
    },
  ],
  [
    "S5. a table with policies, by a name that Postgres cuts",
    {
      setup: `${SECRETS} ${GATE} alter table public.gates rename to ${LONG};
        ${opaque(`begin return exists (select from public.${LONG}); end`)}`,
      dependsOn: ["public.teams"],
    },
  ],
  [
    "S5. a view over claims in a body that is not analysed, by a name that Postgres cuts",
    {
      setup: `${SECRETS}
        create view public.${LONG} as select auth.uid() as u;
        ${sqlFunction("private.f()", "boolean", `select exists (select from ${LONG} where u = '${A}')`)}
        ${policy("private.f()")}`,
    },
  ],
  [
    "S5. a function with a quote in its name",
    {
      setup: `${SECRETS}
        create function private."we""ird"() returns uuid language plpgsql stable as
          $$ begin return auth.uid(); end $$;
        ${opaque(`begin return private."we""ird"() = '${A}'; end`)}`,
      dependsOn: ["public.teams"],
    },
  ],
  [
    "S5. a function with a capital in its name",
    {
      setup: `${SECRETS}
        ${sqlFunction('private."Who"()', "text", `select ${CLAIMS} ->> 'sub'`)}
        ${policy(`private."Who"() = '${A}'`)}`,
    },
  ],
  [
    "S5. a column alias of the claim's function",
    { setup: `${SECRETS} ${policy("(select u from auth.uid() u) = owner")}` },
  ],
])("%s gives nobody another's answer", async (_, attack) => {
  const { ann, bob, isShared } = await twoReaders(database, attack);
  expect(ann).not.toBe(bob);
  expect(isShared).toBe(false);
});
