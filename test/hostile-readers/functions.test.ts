import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { twoReaders } from "./rig.ts";
import { A, CLAIMS, GATE, opaque, policy, SECRETS, sqlFunction } from "./sql.ts";

let database: Database;
beforeAll(async () => {
  database = await openServer();
});
afterAll(() => database?.close());

/** A check that only Ann passes, in a type that nobody would look at. */
const DOMAIN = `
create function private.is_ann() returns boolean language plpgsql stable as
  $$ begin return auth.uid() = '${A}'; end $$;
create domain public.for_ann as int check (private.is_ann());`;

const STAFF_GATE = GATE.replace("to authenticated", "to staff");

test.each([
  [
    "an operator over a function of claims",
    `${sqlFunction("private.who(text)", "text", `select ${CLAIMS} ->> 'sub'`)}
    create operator public.@! (rightarg = text, function = private.who);
    ${opaque(`begin return (operator(public.@!) 'x') = '${A}'; end`)}`,
  ],
  [
    "an operator over current_setting",
    `create operator public.@! (rightarg = text, function = pg_catalog.current_setting);
    ${opaque(`begin return (operator(public.@!) 'request.jwt.claims')::jsonb ->> 'sub' = '${A}'; end`)}`,
  ],
  [
    "a cast by a function of claims",
    `create type public.me as enum ('i');
    ${sqlFunction("private.who(public.me)", "text", `select ${CLAIMS} ->> 'sub'`)}
    create cast (public.me as text) with function private.who(public.me);
    ${opaque(`begin return 'i'::public.me::text = '${A}'; end`)}`,
  ],
  [
    "a domain in a composite type",
    `${DOMAIN} create type public.pair as (a public.for_ann);
    ${opaque(`begin
      perform jsonb_populate_record(null::public.pair, '{"a":1}');
      return true;
    exception when check_violation then return false; end`)}`,
  ],
  [
    "a domain in the type of a variable",
    `${DOMAIN} create type public.pair as (a public.for_ann);
    ${opaque(`declare r public.pair; begin
      r.a := 1;
      return true;
    exception when check_violation then return false; end`)}`,
  ],
  [
    "a domain in a table's row type",
    `${DOMAIN} create table public.pair (a public.for_ann);
    ${opaque(`begin
      return (jsonb_populate_record(null::public.pair, '{"a":1}')).a = 1;
    exception when check_violation then return false; end`)}`,
  ],
  [
    "another role, whose policies read claims",
    `${STAFF_GATE}
    ${opaque("begin set local role staff; return exists (select from public.gates); end", "volatile")}`,
  ],
  [
    "another role, and what it counted",
    `${STAFF_GATE}
    ${opaque(
      "declare n int; begin set local role staff; select count(*) into n from public.gates; return n > 0; end",
      "volatile",
    )}`,
  ],
  [
    "a default argument",
    `create function private.f(u uuid default auth.uid()) returns boolean language plpgsql stable as
      $$ begin return u = '${A}'; end $$;
    ${policy("private.f()")}`,
  ],
  ["a table with policies", `${GATE} ${opaque("begin return exists (select from public.gates); end")}`],
  [
    "a view over a table with policies",
    `${GATE} create view public.seen with (security_invoker) as select * from public.gates;
    ${opaque("begin return exists (select from public.seen); end")}`,
  ],
])("S5. %s in a function that nobody can look into gives nobody another's answer", async (_, sql) => {
  const { ann, bob, isShared } = await twoReaders(database, {
    setup: SECRETS + sql,
    dependsOn: ["public.teams"],
  });
  expect(ann).not.toBe(bob);
  expect(isShared).toBe(false);
});
