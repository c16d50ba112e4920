import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { type Attack, twoReaders } from "./rig.ts";
import { A, policy, SECRETS } from "./sql.ts";

let database: Database;
beforeAll(async () => {
  database = await openServer();
});
afterAll(() => database?.close());

/** `who()` is a constant, until it is found in this schema. */
const who = (schema: string) => `
create schema ${schema};
create function public.who() returns text language sql stable as $$ select 'x'::text $$;
create function ${schema}.who() returns text language sql stable set search_path = '' as
  $$ select auth.uid()::text $$;`;

const found = (path: string) => `
create function private.f() returns boolean language sql stable set search_path = ${path} as
  $$ select who() in ('x', '${A}') $$;
${policy("private.f()")}`;

const helper = (name: string, body: string) =>
  `create or replace function private.${name} returns boolean language sql stable set search_path = '' as
    $$ select ${body} $$;`;

const IS_ANN = `auth.uid() = '${A}'`;

test.each<[string, Attack]>([
  [
    "a schema of its path that a role may use by another one",
    {
      setup: `${SECRETS} ${who("extra")} ${found("extra, public")}`,
      after: `revoke all on schema extra from public;
        grant usage on schema extra to staff;
        grant execute on all functions in schema extra to public;
        grant staff to authenticated`,
    },
  ],
  [
    "a schema of its path that the reader may not use, beside one that reads claims",
    {
      setup: `${SECRETS} create schema extra;
        create function extra.who() returns text language sql stable as $$ select 'x'::text $$;
        create function public.who() returns text language sql stable set search_path = '' as
          $$ select auth.uid()::text $$;
        ${found("extra, public")}`,
      after: "revoke all on schema extra from public",
    },
  ],
  [
    "the reader's own schema in its path",
    {
      setup: `${SECRETS} ${who("authenticated")} grant usage on schema authenticated to public;
        ${found('"$user", public')}`,
    },
  ],
  [
    "another body, after the first was analysed",
    { setup: `${SECRETS} ${helper("f()", "true")} ${policy("private.f()")}`, after: helper("f()", IS_ANN) },
  ],
  [
    "another body of what it calls",
    {
      setup: `${SECRETS} ${helper("g()", "true")} ${helper("f()", "private.g()")} ${policy("private.f()")}`,
      after: helper("g()", IS_ANN),
    },
  ],
  [
    "a function that fits its call better, and is newer",
    {
      setup: `${SECRETS} ${helper("g(x numeric)", "true")} ${helper("f()", "private.g(1)")}
        ${policy("private.f()")}`,
      after: helper("g(x int)", IS_ANN),
    },
  ],
])("S5. a helper with %s gives nobody another's answer", async (_, attack) => {
  const { ann, bob, isShared } = await twoReaders(database, attack);
  expect(ann).not.toBe(bob);
  expect(isShared).toBe(false);
});
