import { describe, expect, test } from "vitest";
import { canonicalSearch, normalQuery } from "./canonical.ts";
import { parseQuery } from "./parse.ts";
import { QuerySyntaxError } from "./syntax-error.ts";

const root = (search: string) => parseQuery("todos", search).root;
const canonical = (search: string) => canonicalSearch(parseQuery("todos", search));
const failure = (search: string): QuerySyntaxError | undefined => {
  try {
    parseQuery("todos", search);
  } catch (error) {
    if (error instanceof QuerySyntaxError) return error;
    throw error;
  }
  return undefined;
};

describe("a query string becomes a tree", () => {
  test("an empty query selects everything", () => {
    expect(root("")).toEqual({ select: [{ kind: "star" }], where: [], order: [], offset: 0 });
  });

  test("aliases, paths, casts and aggregates of columns", () => {
    expect(root("select=a:data->b->>0::int,amount::text.sum()::int,n:count(),*").select).toEqual([
      {
        kind: "column",
        alias: "a",
        field: {
          column: "data",
          path: [
            { text: false, key: "b" },
            { text: true, index: "0" },
          ],
        },
        cast: "int",
      },
      {
        kind: "column",
        field: { column: "amount", path: [] },
        cast: "text",
        aggregate: "sum",
        aggregateCast: "int",
      },
      { kind: "column", alias: "n", aggregate: "count" },
      { kind: "star" },
    ]);
  });

  test("embeds with alias, hint, join and spread take the parameters that name them", () => {
    const { select } = root(
      "select=id,who:users!owner!inner(name,...teams(*))&who.age=gt.3&who.teams.limit=2",
    );
    expect(select[1]).toMatchObject({
      relation: "users",
      alias: "who",
      hint: "owner",
      inner: true,
      level: {
        where: [{ kind: "filter", field: { column: "age" }, test: { operator: "gt", value: "3" } }],
        select: [{ kind: "column" }, { relation: "teams", spread: true, level: { limit: 2 } }],
      },
    });
  });

  test("the value of a filter parameter is raw; in lists and logic trees quotes and escapes count", () => {
    expect(root('a=eq."x"').where).toMatchObject([{ test: { value: '"x"' } }]);
    expect(root('a=in.("x,y","a\\"b",c d,"q"r)').where).toMatchObject([
      { test: { values: ["x,y", 'a"b', "c d", '"q"r'] } },
    ]);
    expect(root('or=(a.eq."x,)",b.cs.{1,2},c.not.is.NULL)').where).toMatchObject([
      {
        kind: "or",
        conditions: [{ test: { value: "x,)" } }, { test: { value: "{1,2}" } }, { negated: true }],
      },
    ]);
  });

  test("count without brackets is a column, however PostgREST reads it by its schema", () => {
    const search = "select=count,n:count::text,comments(count)";
    const column = { kind: "column", field: { column: "count", path: [] } };
    const embed = { kind: "embed", relation: "comments", level: { select: [column] } };
    expect(root(search).select).toMatchObject([column, { ...column, alias: "n", cast: "text" }, embed]);
    expect(canonical(search)).toBe(search);
  });

  test("logic keys accept not in any place", () => {
    for (const key of ["not.or", "not.and"]) {
      expect(root(`${key}=(a.eq.1,b.eq.2)`).where).toMatchObject([{ kind: key.slice(4), negated: true }]);
    }
    expect(root("and=(not.or(a.eq.1,b.eq.2),not.eq.3)").where).toMatchObject([
      {
        conditions: [
          { kind: "or", negated: true },
          { kind: "filter", field: { column: "not" } },
        ],
      },
    ]);
  });

  test("order's defaults are Postgres'", () => {
    expect(root("order=a,b.desc,c.nullsfirst,d.desc.nullslast").order).toMatchObject([
      { descending: false, nullsFirst: false },
      { descending: true, nullsFirst: true },
      { descending: false, nullsFirst: true },
      { descending: true, nullsFirst: false },
    ]);
  });

  test("of duplicates PostgREST uses the first select and order, the last limit, and every filter", () => {
    const level = root("select=a&select=b&order=a&order=b&limit=1&limit=2&a=eq.1&a=eq.2");
    expect(level).toMatchObject({ select: [{ field: { column: "a" } }], limit: 2 });
    expect(level.order).toMatchObject([{ field: { column: "a" } }]);
    expect(level.where).toHaveLength(2);
  });

  test("quoted reserved words are columns", () => {
    expect(root('"order"=eq.1&"select"=eq.2').where).toHaveLength(2);
    expect(canonical('"order"=eq.1')).toBe("%22order%22=eq.1");
  });
});

describe("queries that mean the same by the grammar share one canonical form", () => {
  const equal: readonly (readonly [string, string])[] = [
    ["select=*", ""],
    ["a=eq.1&b=eq.2", "b=eq.2&a=eq.1"],
    ["a=eq.1&b=eq.2", "and=(b.eq.2,a.eq.1)"],
    ["a=eq.1&a=eq.1", "a=eq.1"],
    ["or=(a.eq.1)", "a=eq.1"],
    ["or=(a.eq.1,or(b.eq.2,c.eq.3))", "or=(c.eq.3,b.eq.2,a.eq.1)"],
    ["a=in.(2,1,2)", "a=in.(1,2)"],
    ["a=like.*x%25", "a=like.%25x*"],
    ["a=is.NULL", "a=is.null"],
    ["order=a.asc.nullslast", "order=a"],
    ["offset=0&limit=05", "limit=5"],
    ["select=id,users!left(*)", "select=%69d,users(*)"],
    ["n=eq.a+b", "n=eq.a%20b"],
    ["columns=a,b&select=id", "select=id"],
    ["a&select=id", "select=id"],
    ["limit=", ""],
    ["limit=5&limit=", ""],
    ["limit=3&offset=", "limit=3"],
    ["select=u(*)&u.limit=", "select=u(*)&u.offset=0"],
    ["a=eq.50%", "a=eq.50%25"],
    ["a=like.%x%25", "a=like.*x*"],
    ["and=(a.eq.1,b.eq.2))x", "a=eq.1&b=eq.2"],
    ["select=a,b)x", "select=a,b"],
    ["select=a,u(b)'", "select=a,u(b)"],
    ["select=a:+u(b)", "select=a:u(b)"],
    ["select=u(*)&u.b=eq.2&u.a=eq.1", "select=u(*)&u.a=eq.1&u.b=eq.2"],
    ["select=u(*),t(*)&t.b=eq.2&u.a=eq.1", "select=t(*),u(*)&t.b=eq.2&u.a=eq.1"],
    ["select=u(*),t(*)&t.or=(a.eq.1,b.eq.2)", "select=t(*),u(*)&t.or=(b.eq.2,a.eq.1)"],
  ];
  test.each(equal)("%s = %s", (one, other) => expect(canonical(one)).toBe(canonical(other)));

  const different: readonly (readonly [string, string])[] = [
    ["select=", "select=*"],
    ["a=in.()", "a=in.(,)"],
    ["a=eq.%22x%22", "or=(a.eq.%22x%22)"],
    ["select=a,b", "select=b,a"],
    ["select=rel(d->0,a)", "select=rel(a,d->0)"],
    ["or=(a.eq.1,b.eq.2)", "a=eq.1&b=eq.2"],
    ["not.and=(a.eq.1,b.eq.2)", "not.or=(a.eq.1,b.eq.2)"],
    ["order=a.desc", "order=a.desc.nullslast"],
    ["a=eq.1%3B", "a=eq.1"],
    ["d->>0=eq.1", "d->>%220%22=eq.1"],
    ["a=match.a*", "a=match.a%25"],
    ["select=a,users!inner(*)", "select=a,users(*)"],
    // A filter moves its embed to the front, and a logic parameter moves it before those.
    ["select=u(*),t(*)&t.a=eq.1&u.a=eq.1", "select=u(*),t(*)&u.a=eq.1&t.a=eq.1"],
    ["select=u(*),t(*)&t.a=eq.1", "select=u(*),t(*)&t.a=eq.1&u.offset=0"],
    ["select=u(*),t(*)&t.or=(a.eq.1)&u.a=eq.1", "select=u(*),t(*)&t.a=eq.1&u.a=eq.1&u.limit=9"],
    // A pattern that Postgres may refuse if it evaluates it.
    ["a=match.[&b=eq.1", "b=eq.1&a=match.["],
  ];
  test.each(different)("%s ≠ %s", (one, other) => expect(canonical(one)).not.toBe(canonical(other)));

  test.each([...equal.flat(), ...different.flat()])(
    "%s: canonical is idempotent and parses back",
    (search) => {
      const query = parseQuery("todos", search);
      const form = canonicalSearch(query);
      expect(canonicalSearch(parseQuery("todos", form))).toBe(form);
      expect(normalQuery(parseQuery("todos", form))).toEqual(normalQuery(query));
    },
  );
});

describe("unknown syntax is refused, with its position", () => {
  test.each([
    ["a=5", "unknown-operator", 2],
    ["select=id&name=eqq.1", "unknown-operator", 17],
    ["n%C3%A9=eq.1&b=x", "unknown-operator", 15],
    ["select=a(", "unexpected-end", 9],
    ["select=%20a,b!)", "unexpected", 14],
    ["select=u(*)%20", "unexpected-end", 14],
    ["select=u(v(*)%20)", "unexpected", 16],
    ["select=a:%20%22u%22(*)", "unexpected", 19],
    ["select=n:%20count()", "unexpected", 17],
    ["select=u(*)&order=%22u%22%20(a)", "unexpected", 28],
    ["columns=a,%20%22b%22&on_conflict=%09a", "unexpected", 33],
    ["limit=&offset=3", "not-a-number", 0],
    ["or=(a.eq.1,xor(b.eq.2))", "unexpected", 14],
    ["limit=1.5", "not-a-number", 6],
    ["limit=-1", "not-a-number", 6],
    ["users.id=eq.1", "not-embedded", 8],
    ["select=users(*),users:teams(*)&users.id=eq.1", "ambiguous", 39],
    ["select=who:users(*)&users.id=eq.1", "ambiguous", 28],
    ["select=a(*),a-b(*)&a.limit=1&a-b.limit=1", "ambiguous", 0],
    ["a=eq.1;b=eq.2", "bad-separator", 6],
    ["a=eq.%ff", "bad-encoding", 2],
    ["a=eq.%00", "bad-encoding", 2],
    ["a=is.nothing", "unexpected-end", 12],
    ["a=in.1", "unexpected", 5],
    ["order=a.up", "unexpected", 7],
    ["select=count(*)", "unexpected", 12],
    ["select=users!leftover(*)", "unexpected", 17],
  ] as const)("%s → %s at %i", (search, code, offset) => {
    expect(failure(search)).toMatchObject({ code, offset });
  });

  test("nesting is capped", () => {
    expect(failure(`select=${"a(".repeat(1000)}`)?.code).toBe("too-deep");
    expect(failure(`or=${"(and".repeat(1000)}`)?.code).toBe("too-deep");
  });
});
