import { describe, expect, test } from "vitest";
import { footprint, insert, post, remove, rule, update } from "../../../testing/blog/verdicts.ts";

const comment = (postId: string, more: object = {}) => ({ id: "77", post_id: postId, text: '"x"', ...more });
const shown = '[{"id":1,"comments":[{"id":10}]},{"id":2,"comments":[{"id":11}]}]';

describe("I7. embeds that admit parents (`!inner`, `not.is.null`)", () => {
  test.each(["select=id,comments!inner(id)", "select=id,comments(id)&comments=not.is.null"])(
    "%s: to a parent that is not shown, a row that goes means nothing, one that comes may",
    (search) => {
      const print = footprint("posts", search);
      expect(rule(print, remove("comments", comment("3")), shown)).toBe("join");
      expect(rule(print, insert("comments", comment("3")), shown)).toBe("affected");
      expect(rule(print, remove("comments", comment("1", { id: "10" })), shown)).toBe("affected");
      expect(rule(print, update("comments", comment("3"), { text: '"y"' }), shown)).toBe("columns");
    },
  );
  test("not behind an offset, or with a total that counts more than the page", () => {
    const later = footprint("posts", "select=id,comments!inner(id)&order=id&offset=2");
    expect(rule(later, remove("comments", comment("3")), shown)).toBe("affected");
    const counted = footprint("posts", "select=id,comments!inner(id)&order=id&limit=2", { count: "exact" });
    expect(rule(counted, remove("comments", comment("3")), shown, "0-1/3")).toBe("affected");
    expect(rule(counted, remove("comments", comment("3")), shown, "0-1/2")).toBe("join");
  });
  test("the parent must satisfy their conditions on the joining column", () => {
    const inner = footprint("comments", "select=id,posts!inner(id)&posts.id=gt.5");
    expect(rule(inner, insert("comments", comment("5")))).toBe("filter");
    expect(rule(inner, insert("comments", comment("null")))).toBe("filter");
    expect(rule(inner, insert("comments", comment("6")))).toBe("affected");
    const left = footprint("comments", "select=id,posts(id)&posts.id=gt.5");
    expect(rule(left, insert("comments", comment("5")))).toBe("affected");
  });
  test("an aggregate of no rows is a row, so any insert admits it", () => {
    const print = footprint("posts", "select=id,comments!inner(count())");
    expect(rule(print, insert("posts", post(3)), "[]")).toBe("affected");
  });
  test("nested, each level counts from its own start", () => {
    const body = '[{"id":1,"posts":[]}]';
    const print = footprint("users", "select=id,posts(id,comments!inner(id))");
    expect(rule(print, remove("comments", comment("3")), body)).toBe("join");
    const later = footprint("users", "select=id,posts(id,comments!inner(id))&posts.offset=1&posts.order=id");
    expect(rule(later, remove("comments", comment("3")), body)).toBe("affected");
  });
});

describe("I7. embeds that expel parents (`is.null`)", () => {
  const print = footprint("posts", "select=id,comments(id)&comments=is.null");
  const body = '[{"id":1,"comments":[]}]';
  test("for a parent that is not shown, an inserted row means nothing, a deleted one may", () => {
    expect(rule(print, insert("comments", comment("3")), body)).toBe("join");
    expect(rule(print, remove("comments", comment("3")), body)).toBe("affected");
    expect(rule(print, insert("comments", comment("1")), body)).toBe("affected");
  });
  test("not behind an offset, nor if the emptiness is only part of a condition", () => {
    const later = footprint("posts", "select=id,comments(id)&comments=is.null&order=id&offset=1");
    expect(rule(later, insert("comments", comment("3")), body)).toBe("affected");
    const or = footprint("posts", "select=id,comments(id)&or=(comments.is.null,views.gt.3)");
    expect(rule(or, insert("comments", comment("3")), body)).toBe("affected");
    expect(rule(or, remove("comments", comment("3")), body)).toBe("affected");
  });
});

describe("I7. what an empty answer tells", () => {
  test("no row joins it, whichever columns it would show", () => {
    const print = footprint("posts", "select=title,comments(text)&views=gt.100");
    expect(rule(print, insert("comments", comment("3")), "[]")).toBe("join");
    expect(rule(print, insert("comments", comment("3")), '[{"title":"a","comments":[]}]')).toBe("affected");
    const spread = footprint("comments", "select=text,...posts(title)&text=eq.y");
    expect(rule(spread, update("posts", post(1), { title: '"u"' }), "[]")).toBe("window");
  });
  test("a missing row stays missing if its deciding columns stay the same", () => {
    const print = footprint("posts", "select=title,comments!inner(text)&views=gt.1");
    const row = post(1, { views: "5" });
    expect(rule(print, update("posts", row, { title: '"u"' }), "[]")).toBe("window");
    expect(rule(print, update("posts", row, { title: '"u"', views: "6" }), "[]")).toBe("window");
    expect(rule(print, update("posts", row, { id: "2" }), "[]")).toBe("affected");
  });
});

describe("I7. guards of joins", () => {
  test("a NULL joins nothing, with or without a window", () => {
    const print = footprint("posts", "select=title,comments(text)");
    expect(rule(print, insert("comments", comment("null")))).toBe("filter");
  });
  test("a cast that may fail does so for rows that are not shown, too", () => {
    const print = footprint("posts", "select=id,comments(text::int4)&order=id&limit=2");
    expect(rule(print, insert("comments", comment("3")), shown)).toBe("affected");
    const plain = footprint("posts", "select=id,comments(text::text)&order=id&limit=2");
    expect(rule(plain, insert("comments", comment("3")), shown)).toBe("join");
  });
  test("an answer tells nothing of joined types that print differently", () => {
    const print = footprint("readings", "select=id,scale,scales(name)");
    const scale = { id: "0.1", name: '"a"' };
    const body = '[{"id":1,"scale":0.10000000149011612,"scales":{"name":"a"}}]';
    expect(rule(print, update("scales", scale, { name: '"b"' }), body)).toBe("affected");
    const path = footprint("documents", "select=name,pages(id)&id->>a=eq.1.0");
    expect(rule(path, insert("pages", { id: "1", document: '{"a": 1}' }))).toBe("affected");
  });
  test("a row that sorts its parent may bring one into the page", () => {
    const search = "select=id,user_id,users(name)&order=users(name),id&limit=1";
    const user = { id: "5", name: '"a"', born: "null", active: "true" };
    const change = update("users", user, { name: '"b"' });
    expect(rule(footprint("posts", search), change, '[{"id":1,"user_id":1,"users":{"name":"z"}}]')).toBe(
      "affected",
    );
    expect(rule(footprint("posts", search), change, "[]")).toBe("window");
  });
  test("a junction's row matters if its target passes the filter, and by what is shown of it", () => {
    const link = (tagId: string) => ({ post_id: "1", tag_id: tagId, weight: "1" });
    const filtered = footprint("posts", "select=id,tags(name)&tags.id=eq.3");
    expect(rule(filtered, insert("post_tags", link("4")))).toBe("filter");
    expect(rule(filtered, insert("post_tags", link("3")))).toBe("affected");
    const body = '[{"id":1,"tags":[{"id":2}]}]';
    expect(rule(footprint("posts", "select=id,tags(id)"), remove("post_tags", link("9")), body)).toBe(
      "window",
    );
    expect(rule(footprint("posts", "select=id,tags(id)"), remove("post_tags", link("2")), body)).toBe(
      "affected",
    );
    const later = footprint("posts", "select=id,tags(id)&tags.order=id&tags.offset=1");
    expect(rule(later, remove("post_tags", link("9")), body)).toBe("affected");
  });
});

describe("I7. V2 for filters: a row that passes before and after", () => {
  const row = post(1, { score: "5", views: "1" });
  test("is shown unchanged if only filtered columns changed", () => {
    const print = footprint("posts", "select=id&score=gt.2");
    expect(rule(print, update("posts", row, { score: "9" }))).toBe("columns");
    expect(rule(print, update("posts", row, { score: "1" }))).toBe("affected");
    expect(rule(footprint("posts", "select=count()&score=gt.2"), update("posts", row, { score: "9" }))).toBe(
      "columns",
    );
  });
  test.each([
    ["selected", "select=id,score&score=gt.2"],
    ["sorted by", "select=id&score=gt.2&order=score"],
    ["compared in a way that is not known", "select=id&score=gt.2&title=gt.a"],
    ["filtered with what Postgres may refuse", "select=id&score=gt.2&title=like.a%5C"],
  ])("but not if they are %s", (_name, search) => {
    const change = update("posts", row, { score: "9", title: '"zz"' });
    expect(rule(footprint("posts", search), change)).toBe("affected");
  });
  test("nor where an embed joins by them", () => {
    const print = footprint("posts", "select=id,users(name)&user_id=gt.0");
    expect(rule(print, update("posts", row, { user_id: "2" }))).toBe("affected");
  });
});
