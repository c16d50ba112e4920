import { describe, expect, test } from "vitest";
import { declared, footprint, insert, remove, rule, update } from "../../../testing/blog/verdicts.ts";

const user = (id: number, active: boolean) => ({
  id: String(id),
  name: '"n"',
  born: "null",
  active: String(active),
});
const member = (teamId: string, weight: number) => ({
  id: "7",
  team_id: teamId,
  weight: String(weight),
  name: '"m"',
});
const article = (published: boolean) => ({
  id: "9",
  user_id: "1",
  published: String(published),
  title: '"t"',
  draft: "null",
});

describe("I7. rows that a policy looks up", () => {
  const articles = footprint("articles", "select=id,user_id");
  const body = '[{"id":1,"user_id":1},{"id":2,"user_id":2}]';
  test("that the lookup itself excludes do not matter, nor columns that it does not read", () => {
    expect(rule(articles, remove("users", user(1, false)))).toBe("filter");
    expect(rule(articles, update("users", user(1, true), { name: '"other"' }))).toBe("columns");
    expect(rule(articles, update("users", user(1, true), { active: "false" }))).toBe("affected");
    expect(rule(articles, update("users", user(1, false), { active: "true" }))).toBe("affected");
  });
  test("inserted, they may decide on existing rows: a dump is loaded without enforcing foreign keys", () => {
    expect(rule(articles, insert("users", user(5, true)))).toBe("affected");
    expect(rule(footprint("teams", ""), insert("members", member("5", 2)))).toBe("affected");
  });
  test("deleted, they remove only what is shown, but more behind an offset or with a total", () => {
    expect(rule(articles, remove("users", user(3, true)), body)).toBe("join");
    expect(rule(articles, remove("users", user(2, true)), body)).toBe("affected");
    const later = footprint("articles", "select=id,user_id&order=id&offset=2");
    expect(rule(later, remove("users", user(3, true)), body)).toBe("affected");
    const counted = footprint("articles", "select=id,user_id&order=id&limit=2", { count: "exact" });
    expect(rule(counted, remove("users", user(3, true)), body, "0-1/9")).toBe("affected");
    expect(rule(counted, remove("users", user(3, true)), body)).toBe("affected");
    expect(rule(counted, remove("users", user(3, true)), body, "0-1/2")).toBe("join");
  });
  test("inserted, they admit a row that is not shown, and change nothing for one that is", () => {
    const teams = footprint("teams", "select=id,name");
    const shown = '[{"id":1,"name":"a"}]';
    expect(rule(teams, insert("members", member("1", 2)), shown)).toBe("join");
    expect(rule(teams, insert("members", member("2", 2)), shown)).toBe("affected");
    expect(rule(teams, insert("members", member("2", 1)), shown)).toBe("filter");
    expect(rule(teams, insert("members", member("null", 2)), shown)).toBe("filter");
    expect(rule(teams, remove("members", member("1", 2)), shown)).toBe("affected");
    expect(rule(teams, remove("members", member("2", 2)), shown)).toBe("join");
  });
  test("updated, they matter if the lookup may find them before or after, but not both", () => {
    const teams = footprint("teams", "select=id,name");
    expect(rule(teams, update("members", member("1", 2), { weight: "3" }))).toBe("columns");
    expect(rule(teams, update("members", member("1", 2), { weight: "1" }))).toBe("affected");
    expect(rule(teams, update("members", member("1", 2), { team_id: "2" }))).toBe("affected");
  });
  test("an answer that shows a column of several rows alike does not tell who was admitted", () => {
    // A user has many articles, and one that is not shown may be the one admitted.
    const change = update("users", user(1, false), { active: "true" });
    expect(rule(articles, change, body)).toBe("affected");
  });
  test("a further condition of the lookup that is not understood may change with any change", () => {
    const guides = footprint("guides", "select=id,name");
    expect(rule(guides, update("members", member("1", 2), { name: '"M"' }))).toBe("affected");
    expect(rule(guides, update("members", member("1", 1), { name: '"M"' }))).toBe("filter");
  });
  test("the filter narrows them through the lookup", () => {
    expect(rule(footprint("teams", "id=eq.3"), insert("members", member("4", 2)))).toBe("filter");
    expect(rule(footprint("teams", "id=gt.3"), insert("members", member("3", 2)))).toBe("filter");
    expect(rule(footprint("teams", "id=eq.3"), insert("members", member("3", 2)))).toBe("affected");
  });
});

describe("I7. what a policy requires of the row itself", () => {
  const print = footprint("articles", "select=id,title");
  test("answered alike before and after, it decides nothing; a column that a lookup joins by does", () => {
    expect(rule(print, update("articles", article(true), { published: "false" }))).toBe("affected");
    expect(rule(print, update("articles", article(true), { user_id: "2" }))).toBe("affected");
    expect(rule(print, update("articles", article(false), { published: "null" }))).toBe("affected");
  });
  test("decides on a row that is not shown, whatever other columns are compared", () => {
    const drafts = footprint("articles", "select=id,draft");
    expect(rule(drafts, update("articles", article(false), { published: "true" }), "[]")).toBe("affected");
    expect(rule(drafts, update("articles", article(true), { title: '"u"' }), "[]")).toBe("window");
  });
  test("hides a row only from a reader that policies certainly bind", () => {
    expect(rule(print, insert("articles", article(false)))).toBe("affected");
    const bound = footprint("articles", "select=id,title", {}, { ...declared, obeysPolicies: true });
    expect(rule(bound, insert("articles", article(false)))).toBe("filter");
    expect(rule(bound, insert("articles", { ...article(true), user_id: "null" }))).toBe("filter");
    expect(rule(bound, insert("articles", article(true)))).toBe("affected");
    expect(rule(bound, update("articles", article(false), { published: "true" }))).toBe("affected");
  });
});
