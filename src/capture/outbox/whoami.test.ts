import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { captureSql, removeCaptureSql } from "../capture-sql.ts";
import { CapturedDatabase, SECRET_HASH } from "../testing/database.ts";

/** As Supabase sets a project up: any role may call any function that is created in `public`. */
const SUPABASE = `
  create role anon; create role authenticated; create role members; create role service_role;
  alter default privileges in schema public grant execute on functions to anon, authenticated, service_role;`;

let database: CapturedDatabase;

beforeAll(async () => {
  database = await CapturedDatabase.create(SUPABASE, []);
});
afterAll(() => database.close());

interface Told {
  readonly role: string;
  readonly exp: string | null;
  readonly claims: readonly (string | null)[] | null;
}

/** What PostgREST would answer to a token with these claims. */
async function whoami(claims: string, paths: unknown, role = "authenticated"): Promise<Told> {
  await database.exec(`begin; set local role ${role}`);
  try {
    await database.rows("select set_config('request.jwt.claims', $1, true)", [claims]);
    return JSON.parse(
      await database.value<string>("select tidemark_whoami($1)::pg_catalog.text", [JSON.stringify(paths)]),
    );
  } finally {
    await database.exec("rollback");
  }
}

describe("S1. the database tells who shows a token", () => {
  test("S1. the role that runs, the expiry, and each claim as SQL prints it", async () => {
    const claims = `{"exp":1767225600,"sub":"a\\"b","n":1.0,"big":9007199254740993,"none":null,"app":{"tenant":"x","list":[{"a":1}]}}`;
    const paths = [
      ["sub"],
      ["n"],
      ["big"],
      ["none"],
      ["missing"],
      ["app", "tenant"],
      ["app"],
      ["app", "list", "a"],
      ["sub", "x"],
    ];
    expect(await whoami(claims, paths)).toEqual({
      role: "authenticated",
      exp: "1767225600",
      claims: [
        ...['"a\\"b"', "1.0", "9007199254740993", "null", null, '"x"'],
        '{"tenant":"x","list":[{"a":1}]}',
        ...[null, null],
      ],
    });
    expect((await whoami(claims, [[]])).claims).toEqual([claims]);
    expect((await whoami(claims, [])).claims).toEqual([]);
  });

  test.each([
    ["{}", null],
    ['{"exp":null}', "null"],
    ['{"exp":"1767225600"}', '"1767225600"'],
    ['{"exp":1767225600.0}', "1767225600.0"],
    ['{"exp":1e9}', "1e9"],
    ["", null],
  ])("S1. %s expires at %s", async (claims, exp) => {
    expect((await whoami(claims, [["exp"]])).exp).toBe(exp);
  });

  test("a name that may be a place in a list is refused, and so is too much", async () => {
    const refused = async (paths: unknown) => (await whoami('{"a":[1]}', paths)).claims === null;
    for (const name of ["0", "-1", "+1", " 1", "\n01"])
      expect([name, await refused([["a", name]])]).toEqual([name, true]);
    for (const name of ["0x", "1.0", "", "a1", "1 "])
      expect([name, await refused([["a", name]])]).toEqual([name, false]);
    expect(await refused([["a", null]])).toBe(true);
    expect(await refused(Array.from({ length: 65 }, () => ["a"]))).toBe(true);
    expect(await refused(Array.from({ length: 64 }, () => ["a"]))).toBe(false);
    expect(await refused([Array.from({ length: 17 }, () => "a")])).toBe(true);
    expect(await refused([["a".repeat(8_192)]])).toBe(true);
    for (const paths of [{}, "sub", null, ["sub"]]) await expect(whoami("{}", paths)).rejects.toThrow();
  });

  test("I8. only the roles of those who sign in may ask, whatever is granted by default", async () => {
    const callers = async () => {
      const roles = ["public", "anon", "authenticated", "members", "service_role", "tidemark_keeper"];
      const may = await database.rows<{ role: string }>(
        "select r as role from unnest($1::text[]) r where has_function_privilege(r, 'tidemark_whoami(json)', 'execute')",
        [roles],
      );
      return may.map(({ role }) => role);
    };
    expect(await callers()).toEqual(["authenticated"]);
    await expect(whoami("{}", [], "anon")).rejects.toThrow("permission denied");
    await database.exec(
      captureSql({ tables: [], secretHash: SECRET_HASH, roles: ["members", "nobody_of_that_name"] }),
    );
    expect(await callers()).toEqual(["members"]);
    await database.exec(captureSql({ tables: [], secretHash: SECRET_HASH, roles: [] }));
    expect(await callers()).toEqual([]);
    await database.exec(captureSql({ tables: [], secretHash: SECRET_HASH }));
    expect(await callers()).toEqual(["authenticated"]);
  });

  test("the caller's own objects change nothing of it", async () => {
    await database.exec(`grant create on schema public to authenticated; set role authenticated;
      create function public.current_setting(text, boolean) returns text language sql as $$select '{"sub":"evil"}'$$;
      create domain pg_temp.json as pg_catalog.text; create domain pg_temp.text as pg_catalog.int4; reset role`);
    expect((await whoami('{"sub":"me"}', [["sub"]])).claims).toEqual(['"me"']);
    await database.exec(
      "drop domain pg_temp.json, pg_temp.text; drop function public.current_setting(text, boolean)",
    );
  });

  test("it goes with the rest", async () => {
    await database.exec(removeCaptureSql());
    expect(await database.value("select count(*)::int from pg_proc where proname = 'tidemark_whoami'")).toBe(
      0,
    );
  });
});
