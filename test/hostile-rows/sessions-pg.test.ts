import { afterAll, beforeAll, expect, test } from "vitest";
import { startPgRig } from "./rig-pg.ts";

// Settings, roles and names of a connection that the driver does not see being sent.

let rig: Awaited<ReturnType<typeof startPgRig>>;
beforeAll(async () => {
  rig = await startPgRig(
    `
    CREATE SCHEMA one; CREATE SCHEMA two;
    CREATE TABLE one.docs (id int PRIMARY KEY, v text); CREATE TABLE two.docs (id int PRIMARY KEY, v text);
    CREATE TABLE public.docs (id int PRIMARY KEY, v text); CREATE TABLE private (id int PRIMARY KEY, owner text);
    INSERT INTO one.docs VALUES (1, 'of one'); INSERT INTO two.docs VALUES (1, 'of two');
    INSERT INTO docs VALUES (1, 'public'); INSERT INTO private VALUES (1, 'alice'), (2, 'bob');
    ALTER TABLE private ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON private USING (owner = current_user);
    CREATE ROLE alice; CREATE ROLE bob; GRANT ALL ON ALL TABLES IN SCHEMA public TO alice, bob;
    CREATE TABLE notes (n int);
    CREATE FUNCTION counted(text, int) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT count(*)::text FROM notes';
    CREATE OPERATOR + (leftarg = text, rightarg = int, function = counted)`,
    ["public.docs", "one.docs", "two.docs", "public.private", "public.notes"],
  );
  // The first reads of an isolate pass through until the keeper has told what is followed.
  while ((await rig.steps([DOC]))[0]?.type === "pass-through");
});
afterAll(() => rig?.stop());

const DOC = { do: "read", text: "SELECT v FROM docs WHERE id = 1" } as const;
const PRIVATE = { do: "read", text: "SELECT owner FROM private ORDER BY id" } as const;

test("a role that the pool's connect event sets gets its own rows, and nobody gets them in its place", async () => {
  for (const owner of ["alice", "bob"]) {
    for (const { value } of await rig.steps([PRIVATE, PRIVATE], { onConnect: `SET ROLE ${owner}` }))
      expect(value).toEqual([{ owner }]);
  }
  const everything = [{ owner: "alice" }, { owner: "bob" }];
  for (const { value } of await rig.steps([PRIVATE, PRIVATE])) expect(value).toEqual(everything);
});

test.each([false, true])(
  "tenants whose schema the pool's connect event sets do not share (lazyConnect %s)",
  async (lazyConnect) => {
    for (const tenant of ["one", "two"]) {
      const asked = { onConnect: `SET search_path = ${tenant}`, lazyConnect };
      for (const { value, reason } of await rig.steps([DOC, DOC], asked)) {
        expect({ value, reason }).toEqual({ value: [{ v: `of ${tenant}` }], reason: "connection" });
      }
    }
    for (const { value } of await rig.steps([DOC, DOC])) expect(value).toEqual([{ v: "public" }]);
  },
);

test("with a name, the caller has said whose answers these are, and a connect event is no obstacle", async () => {
  const asked = { name: "tenant one", onConnect: "SET search_path = one" };
  for (const { value } of await rig.hits([DOC, DOC], asked)) expect(value).toEqual([{ v: "of one" }]);
});

test.each([
  "CREATE TABLE pg_temp.docs AS SELECT 1 AS id, 'temporary' AS v",
  `CREATE VIEW "pg_temp".docs AS SELECT 1 AS id, 'temporary' AS v`,
])("a temporary table hides the real one, however it was made: %s", async (text) => {
  const on = "client";
  const steps = [DOC, { do: "connect", on }, { do: "read", on, text }, { ...DOC, on }] as const;
  const answers = await rig.steps(steps);
  expect(answers.at(-1)).toMatchObject({ value: [{ v: "temporary" }], reason: "connection" });
});

test("an operator that somebody made may read anything", async () => {
  const texts = ["SELECT v + 1 AS n FROM docs WHERE id = 1", "SELECT v +-1 AS n FROM docs WHERE id = 1"];
  const steps = texts.map((text) => ({ do: "read", text }) as const);
  await rig.steps([...steps, ...steps]);
  await rig.sql.unsafe("INSERT INTO notes VALUES (1)");
  for (const { value } of await rig.steps(steps)) expect(value).toEqual([{ n: "1" }]);
  // What does not use it is kept.
  await rig.hits([DOC]);
});
