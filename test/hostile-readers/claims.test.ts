import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { twoReaders } from "./rig.ts";
import { A, B, CLAIMS, policy, SECRETS, sqlFunction } from "./sql.ts";

let database: Database;
beforeAll(async () => {
  database = await openServer();
});
afterAll(() => database?.close());

test.each([
  ["a path of jsonb", policy(`(${CLAIMS} #>> '{app_metadata,tenant}') = 'a'`)],
  ["a path with quotes in it", policy(`(${CLAIMS} #>> '{app_metadata,"tenant"}') = 'a'`)],
  ["a name with escapes", policy(`(auth.jwt() -> E'app\\x5fmetadata' ->> 'tenant') = 'a'`)],
  ["a subscript", policy(`(auth.jwt())['app_metadata']['tenant'] = '"a"'`)],
  ["a record", policy(`(select x.sub from jsonb_to_record(auth.jwt()) x(sub uuid)) = '${A}'`)],
  [
    "a setting whose name is put together",
    policy(`current_setting('request.' || 'jwt.claims')::jsonb ->> 'sub' = '${A}'`),
  ],
  [
    "one of two functions of a name",
    `${sqlFunction("private.me()", "text", `select ${CLAIMS} ->> 'role'`)}
    ${sqlFunction("private.me(x int)", "text", `select ${CLAIMS} ->> 'sub'`)}
    ${policy(`private.me(1) = '${A}'`)}`,
  ],
  [
    "the second statement of a body",
    `create function private.f() returns boolean language sql stable set search_path = '' as
      $$ select true; select auth.uid() = '${A}' $$;
    ${policy("private.f()")}`,
  ],
])("S5. claims read by %s give nobody another's answer", async (_, sql) => {
  const { ann, bob, isShared } = await twoReaders(database, { setup: SECRETS + sql });
  expect(ann).not.toBe(bob);
  expect(isShared).toBe(false);
});

test.each([
  ["everybody", policy("true")],
  ["a claim that both have alike", policy("auth.role() = 'authenticated'")],
  [
    "a claim beside what everybody may see",
    `${policy("true")} create policy own on public.secrets using (auth.uid() = owner);`,
  ],
])(
  "S14. what is for %s is shared, so that the other cases are no rig that shares nothing",
  async (_, sql) => {
    const { ann, bob, isShared } = await twoReaders(database, { setup: SECRETS + sql });
    expect(ann).toBe(bob);
    expect(JSON.parse(ann)).toMatchObject([{ owner: A }, { owner: B }]);
    expect(isShared).toBe(true);
  },
);
