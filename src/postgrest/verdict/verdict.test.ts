import { describe, expect, test } from "vitest";
import { blog } from "../../../testing/blog/schema.ts";
import { declared, footprint, insert, post, remove, rule, update } from "../../../testing/blog/verdicts.ts";
import type { Declared } from "../footprint/footprint.ts";
import { footprintOf } from "../footprint/footprint-of.ts";
import { parseQuery } from "../query/parse.ts";
import { keptMember, type Row } from "../row/change.ts";
import { explain } from "./verdict.ts";

describe("I7. V1: rows that the filter keeps out", () => {
  const print = footprint("posts", "user_id=eq.1&views=gt.10");
  test("neither version can pass", () => {
    expect(rule(print, insert("posts", post(1, { user_id: "2", views: "11" })))).toBe("filter");
    expect(rule(print, update("posts", post(1), { views: "10" }))).toBe("filter");
  });
  test("one may", () => {
    expect(rule(print, update("posts", post(1), { views: "11" }))).toBe("affected");
    expect(rule(print, remove("posts", post(1, { views: "11" })))).toBe("affected");
    expect(rule(print, remove("posts", { id: "1" }))).toBe("affected");
  });
  test("other relations, and flushes", () => {
    expect(rule(print, insert("tags", {}))).toBe("relation");
    expect(rule(print, { kind: "flush", relation: "public.posts" })).toBe("affected");
  });
});

describe("I7. V2: columns that decide nothing", () => {
  const print = footprint("posts", "select=id,title&user_id=eq.1&order=score");
  test("a counter that no one selects touches nothing", () => {
    expect(rule(print, update("posts", post(1), { views: "1" }))).toBe("columns");
  });
  test("selected, filtered and sorted columns decide, by their exact text", () => {
    for (const changed of [{ title: '"u"' }, { user_id: "2" }, { score: "1.0" }]) {
      expect(rule(print, update("posts", post(1), changed))).toBe("affected");
    }
  });
  test("a column that neither row contains counts as changed, unless the new row calls it unchanged", () => {
    const { title, ...untold } = post(1);
    expect(rule(print, update("posts", untold, { views: "1" }))).toBe("affected");
    const kept = update("posts", untold, { views: "1", [keptMember("title")]: "true" });
    expect(rule(print, kept)).toBe("columns");
    // Its value is still unknown.
    expect(rule(footprint("posts", "select=views&title=eq.x"), kept)).toBe("affected");
  });
  test("json, whose spaces a row image loses, and a zero, whose sign it may lose, never count as unchanged", () => {
    expect(rule(footprint("posts", "select=body"), update("posts", post(1), {}))).toBe("affected");
    const ratio = footprint("posts", "select=ratio");
    expect(rule(ratio, update("posts", post(1, { ratio: "0" }), {}))).toBe("affected");
    expect(rule(ratio, update("posts", post(1, { ratio: "0.5" }), {}))).toBe("columns");
  });
  test("a null of jsonb may be SQL's or JSON's, before and after", () => {
    for (const search of ["select=id&meta=is.null", "select=title&meta=is.null", "select=meta"]) {
      expect(rule(footprint("posts", search), update("posts", post(1), {}))).toBe("affected");
      const told = post(1, { meta: "{}" });
      expect(rule(footprint("posts", search), update("posts", told, {}))).not.toBe("affected");
    }
    expect(rule(footprint("posts", "select=id&meta=is.null"), update("posts", post(1), {}), "[]")).toBe(
      "affected",
    );
  });
  test("columns that policies read decide, here and elsewhere", () => {
    const secret = { id: "1", owner: "1", text: '"x"' };
    const print = footprint("secrets", "select=text");
    expect(rule(print, update("secrets", secret, { id: "2" }))).toBe("columns");
    expect(rule(print, update("secrets", secret, { owner: "2" }))).toBe("affected");
    const user = { id: "1", name: '"a"', born: "null", active: "true" };
    expect(rule(print, update("users", user, { name: '"b"' }))).toBe("columns");
    expect(rule(print, update("users", user, { active: "false" }))).toBe("affected");
    expect(rule(print, insert("users", user))).toBe("affected");
  });
});

describe("I7. V3: rows beyond the page", () => {
  const body = (...ids: number[]) =>
    JSON.stringify(ids.map((id) => ({ id, at: `2024-01-0${id}T00:00:00+00:00` })));
  const first = footprint("posts", "select=id,at&order=at,id&limit=3");
  test("an insert behind a full first page does not touch it; one within, or behind a short page, does", () => {
    expect(rule(first, insert("posts", post(9)), body(2, 3, 4))).toBe("window");
    expect(rule(first, insert("posts", post(1)), body(2, 3, 4))).toBe("affected");
    expect(rule(first, insert("posts", post(9)), body(2, 3))).toBe("affected");
    expect(rule(first, insert("posts", post(9)))).toBe("affected");
  });
  test("a row entering, leaving or moving inside touches it", () => {
    expect(rule(first, update("posts", post(9), { at: '"2024-01-03T12:00:00+00:00"' }), body(2, 3, 4))).toBe(
      "affected",
    );
    expect(rule(first, update("posts", post(3), { at: '"2025-01-01T00:00:00+00:00"' }), body(2, 3, 4))).toBe(
      "affected",
    );
    expect(rule(first, update("posts", post(9), { at: '"2024-01-08T00:00:00+00:00"' }), body(2, 3, 4))).toBe(
      "window",
    );
    expect(rule(first, remove("posts", post(9)), body(2, 3, 4))).toBe("window");
  });
  test("behind an offset, rows removed or added before shift the page; rows that stay there do not", () => {
    const page = footprint("posts", "select=id,at&order=at,id&limit=3&offset=3");
    expect(rule(page, remove("posts", post(1)), body(4, 5, 6))).toBe("affected");
    expect(rule(page, insert("posts", post(1)), body(4, 5, 6))).toBe("affected");
    expect(rule(page, update("posts", post(1), { at: '"2024-01-02T00:00:00+00:00"' }), body(4, 5, 6))).toBe(
      "window",
    );
  });
  test("a policy or an inner embed can take away a row before the page, though it passes the filter", () => {
    const hidden = footprint("secrets", "select=id,text&order=id&limit=1&offset=1");
    const secret = { id: "1", owner: "1", text: '"x"' };
    expect(rule(hidden, update("secrets", secret, { owner: "2" }), '[{"id":5,"text":"y"}]')).toBe("affected");
    expect(rule(hidden, update("secrets", secret, { text: '"z"' }), '[{"id":5,"text":"y"}]')).toBe("window");
    const inner = footprint("posts", "select=id,at,users!inner(name)&order=at,id&limit=1&offset=1");
    const page = '[{"id":5,"at":"2024-01-05T00:00:00+00:00","users":{"name":"a"}}]';
    expect(rule(inner, update("posts", post(1), { user_id: "9" }), page)).toBe("affected");
    expect(rule(inner, update("posts", post(1), { score: "9" }), page)).toBe("columns");
  });
  test("behind the end of all rows, only more rows touch the page", () => {
    const page = footprint("posts", "select=id,at&order=at,id&limit=3&offset=9");
    expect(rule(page, remove("posts", post(1)), "[]")).toBe("window");
    expect(rule(page, update("posts", post(1), { at: '"2025-01-01T00:00:00+00:00"' }), "[]")).toBe("window");
    expect(rule(page, insert("posts", post(1)), "[]")).toBe("affected");
  });
  test("ties at the boundary, partial orders and text orders disable it", () => {
    const loose = footprint("posts", "select=id,at&order=at&limit=3");
    expect(rule(loose, insert("posts", post(9)), body(2, 3, 4))).toBe("affected");
    const text = footprint("posts", "select=id,title&order=title,id&limit=1");
    expect(rule(text, insert("posts", post(9, { title: '"z"' })), '[{"id":1,"title":"a"}]')).toBe("affected");
    expect(rule(text, insert("posts", post(9, { title: '"a"' })), '[{"id":1,"title":"a"}]')).toBe("window");
  });
  test("a count sees every matching row, an aggregate too", () => {
    const counted = footprint("posts", "select=id,at&order=at,id&limit=3", { count: "exact" });
    expect(rule(counted, insert("posts", post(9)), body(2, 3, 4))).toBe("affected");
    expect(
      rule(counted, update("posts", post(9), { at: '"2024-01-08T00:00:00+00:00"' }), body(2, 3, 4)),
    ).toBe("window");
    expect(rule(footprint("posts", "select=count()"), insert("posts", post(9)), '[{"count":3}]')).toBe(
      "affected",
    );
  });
  test("NULLs sort where the order puts them", () => {
    const print = footprint("posts", "select=id,views&order=views.desc.nullslast,id&limit=1");
    expect(rule(print, insert("posts", post(9, { views: "null" })), '[{"id":1,"views":5}]')).toBe("window");
    const nullsFirst = footprint("posts", "select=id,views&order=views.desc,id&limit=1");
    expect(rule(nullsFirst, insert("posts", post(9, { views: "null" })), '[{"id":1,"views":5}]')).toBe(
      "affected",
    );
  });
  test("the Range header is a window like limit and offset", () => {
    const print = footprint("posts", "select=id,at&order=at,id", { range: { from: 0, to: 2 } });
    expect(rule(print, insert("posts", post(9)), body(2, 3, 4))).toBe("window");
  });
});

describe("I7. embeds", () => {
  const body = '[{"id":1,"comments":[{"id":10}]},{"id":2,"comments":[]}]';
  const comment = (id: number, postId: number): Row => ({
    id: String(id),
    post_id: String(postId),
    text: '"x"',
  });
  test("a left embed depends on the rows that join what is shown", () => {
    const print = footprint("posts", "select=id,comments(id)&limit=2&order=id");
    expect(rule(print, insert("comments", comment(11, 2)), body)).toBe("affected");
    expect(rule(print, insert("comments", comment(11, 3)), body)).toBe("join");
    expect(rule(print, insert("comments", comment(11, 3)))).toBe("affected");
    expect(rule(print, update("comments", comment(10, 1), { text: '"y"' }), body)).toBe("columns");
  });
  test("an inner embed admits parents that are not shown", () => {
    const print = footprint("posts", "select=id,comments!inner(id)");
    expect(rule(print, insert("comments", comment(11, 3)), body)).toBe("affected");
    // It may already have comments that were loaded while the foreign key was not enforced.
    expect(rule(print, insert("posts", post(3)), body)).toBe("affected");
  });
  test("a filter of the parent narrows its embeds through the join", () => {
    const print = footprint("posts", "select=*,comments(*),users(*)&id=eq.5&user_id=eq.1");
    expect(rule(print, insert("comments", comment(11, 3)))).toBe("filter");
    expect(rule(print, insert("comments", comment(11, 5)))).toBe("affected");
    expect(
      rule(print, update("users", { id: "2", name: '"a"', born: "null", active: "true" }, { name: '"b"' })),
    ).toBe("filter");
  });
  test("filters of the embed keep its rows out", () => {
    const print = footprint("posts", "select=id,comments(id)&comments.text=eq.y");
    expect(rule(print, insert("comments", comment(11, 3)))).toBe("filter");
  });
  test("a filter by a name that is a column's and an embed's counts for both", () => {
    const print = footprint("posts", "select=id,title:comments(id)&title=eq.x");
    expect(rule(print, update("posts", post(1), { title: '"x"' }))).toBe("affected");
    expect(rule(print, update("posts", post(1), { views: "7" }))).toBe("columns");
  });
  test("junctions belong to the closure", () => {
    const print = footprint("posts", "select=id,tags(name)");
    expect(print.relations).toEqual(["public.post_tags", "public.posts", "public.tags"]);
    const link = { post_id: "1", tag_id: "2", weight: "1" };
    expect(rule(print, insert("post_tags", link))).toBe("affected");
    expect(rule(print, update("post_tags", link, { weight: "2" }))).toBe("columns");
    expect(rule(print, insert("tags", { id: "9", name: '"x"' }))).toBe("affected");
  });
  test("computed relationships, views and unwatched relations are unknown", () => {
    const read = (search: string) =>
      footprintOf(
        { schema: "public", relation: "users", search },
        parseQuery("users", search),
        declared,
        blog,
      );
    expect(read("select=*,fans(*)")).toEqual({ bypass: "unknown-embed" });
    expect(read("select=*,nobody(*)")).toEqual({ bypass: "unknown-embed" });
    const few: Declared = { tables: new Set(["public.users"]), dependsOn: new Map() };
    expect(
      footprintOf(
        { schema: "public", relation: "users", search: "" },
        parseQuery("users", "select=posts(*)"),
        few,
        blog,
      ),
    ).toEqual({
      bypass: "unknown-embed",
    });
  });
});

describe("anything unknown widens the footprint", () => {
  const fans = { kind: "unknown-reads", culprit: "public.fans(users)" };
  test("a caveat names what is not understood: in a policy, a computed column, a cast, an unknown column", () => {
    expect(footprint("magic", "id=eq.1").caveats).toEqual([{ kind: "clock", culprit: "the clock" }, fans]);
    expect(footprint("users", "select=id,fans").caveats).toEqual([fans]);
    expect(footprint("users", "select=id&order=fans").caveats).toEqual([fans]);
    const unwatchable = (culprit: string) => [{ kind: "unwatchable", culprit }];
    expect(footprint("users", "select=id,ctid").caveats).toEqual(unwatchable("public.users.ctid"));
    expect(footprint("users", "select=id&xmin=eq.7").caveats).toEqual(unwatchable("public.users.xmin"));
    expect(footprint("users", "select=id::regclass").caveats).toEqual(unwatchable("cast to regclass"));
    expect(footprint("users", "select=count").caveats).toEqual([]);
  });
  test("a pattern that Postgres may refuse admits every row", () => {
    const print = footprint("posts", "id=eq.1&title=like.a%5C");
    expect(rule(print, insert("posts", post(2)))).toBe("affected");
  });
  test("one shape for queries that differ in literals only", () => {
    const search = (n: number) =>
      `select=id&user_id=eq.${n}&score=in.(${n},2)&order=id&limit=${n}&offset=${n}`;
    expect(footprint("posts", search(1)).shape).toBe(footprint("posts", search(77)).shape);
  });
});

test("explain says the rule in words", () => {
  const print = footprint("posts", "select=id&user_id=eq.1");
  expect(explain(print, insert("posts", post(1, { user_id: "2" })))).toMatch(
    /^unaffected: neither .* filter \(V1\)$/,
  );
  expect(explain(print, insert("posts", post(1)))).toBe(
    "affected: the INSERT on public.posts may alter the answer (V4)",
  );
});

describe("I7. V3: a row that moves to another partition", () => {
  const row = { id: "9", place: "9", name: "null" };
  const moved = update("shelves", row, { place: "1" });
  test("counts in a partition that it was not in, even beyond the page", () => {
    const print = footprint("low_shelves", "order=id&limit=1", { count: "exact" });
    expect(rule(print, moved, '[{"id":3,"place":1,"name":null}]', "0-0/1")).toBe("affected");
  });
  test("stays where it was for those who read all partitions", () => {
    const print = footprint("shelves", "order=id&limit=1", { count: "exact" });
    expect(rule(print, moved, '[{"id":3,"place":1,"name":null}]', "0-0/2")).toBe("window");
  });
});
