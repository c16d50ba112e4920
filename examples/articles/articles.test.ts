import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ADMIN_SECRET, type Site, startSite, WEBHOOK_SECRET } from "./site.ts";
import type { Way } from "./supabase.ts";

let site: Site;

/** What holds however changes are told. */
function eitherWay(way: Way) {
  beforeAll(async () => {
    site = await startSite(way);
  });
  afterAll(() => site?.stop());
  beforeEach(async () => {
    await site.change("delete from articles");
    await site.shows("/articles", { status: 200, title: [] });
  });

  test("an article is fetched, and then comes from the cache", async () => {
    const id = await site.insert("tide");
    expect(await site.read(`/articles/${id}`)).toEqual({ status: 200, cache: "miss", title: "tide" });
    await site.hit(`/articles/${id}`);
    const response = await site.ask(`/articles/${id}`);
    expect(await response.json()).toEqual({ id, title: "tide", body: "" });
    expect(response.headers.get("age")).toMatch(/^\d+$/);
  });

  test("another isolate has it from KV", async () => {
    // The first isolate stores it after its answer, so the second one may be too early for some of them.
    await expect
      .poll(async () => {
        const id = await site.insert("shared");
        await site.hit(`/articles/${id}`, "a");
        return site.read(`/articles/${id}`, "b");
      })
      .toMatchObject({ title: "shared", cache: "hit" });
  });

  test("that there is no such article is remembered, until there is one", async () => {
    const path = `/articles/${(await site.insert("the last one")) + 1}`;
    await site.hit(path);
    expect(await site.read(path)).toMatchObject({ status: 404, title: "no such article" });
    await site.insert("the next one");
    await site.shows(path, { status: 200, title: "the next one" });
  });

  test("INSERT, UPDATE and DELETE reach the list and the item, in every isolate", async () => {
    const id = await site.insert("one");
    await site.shows("/articles", { title: ["one"] });
    await site.shows(`/articles/${id}`, { title: "one" });
    await site.change(`update articles set title = 'changed' where id = ${id}`);
    await site.shows("/articles", { title: ["changed"] });
    await site.shows(`/articles/${id}`, { title: "changed" });
    await site.change(`delete from articles where id = ${id}`);
    await site.shows("/articles", { title: [] });
    await site.shows(`/articles/${id}`, { status: 404 });
  });

  test("an article whose id changes disappears under the old id and appears under the new one", async () => {
    const id = await site.insert("moved");
    for (const each of [id, id + 1_000]) await site.hit(`/articles/${each}`);
    await site.change(`update articles set id = ${id + 1_000} where id = ${id}`);
    await site.shows(`/articles/${id}`, { status: 404 });
    await site.shows(`/articles/${id + 1_000}`, { status: 200, title: "moved" });
  });

  test("a change of one article leaves the others in the cache", async () => {
    const [one, other] = [await site.insert("one"), await site.insert("other")];
    const loads = () => site.supabase.reads(`id=eq.${other}`);
    let title = "one";
    // The isolate may hear only now of what it has just loaded, and then loads that once more.
    await expect
      .poll(async () => {
        await site.hit(`/articles/${one}`);
        await site.hit(`/articles/${other}`);
        const before = loads();
        title += "!";
        await site.change(`update articles set title = '${title}' where id = ${one}`);
        await site.shows(`/articles/${one}`, { title });
        return { ...(await site.read(`/articles/${other}`)), loads: loads() - before };
      })
      .toEqual({ status: 200, cache: "hit", title: "other", loads: 0 });
  });

  test("a load that was under way when the article changed is not kept", async () => {
    const id = await site.insert("first");
    const { isHeld, release } = site.supabase.hold(`id=eq.${id}`);
    const reader = site.read(`/articles/${id}`);
    await isHeld;
    await site.change("update articles set title = 'second'");
    release();
    expect((await reader).status).toBe(200);
    await site.shows(`/articles/${id}`, { title: "second" });
  });

  test("I8. a draft that a change tells of is not published by it", async () => {
    const id = await site.insert("secret draft", false);
    await site.insert("after it");
    await site.shows("/articles", { title: ["after it"] });
    await site.shows(`/articles/${id}`, { status: 404 });
    await site.change(`update articles set published = true where id = ${id}`);
    await site.shows("/articles", { title: ["after it", "secret draft"] });
    await site.shows(`/articles/${id}`, { status: 200 });
    await site.change(`update articles set published = false where id = ${id}`);
    await site.shows("/articles", { title: ["after it"] });
    await site.shows(`/articles/${id}`, { status: 404 });
  });

  test("anything else is not found", async () => {
    for (const path of ["/", "/articles/", "/articles/x", "/articles/1/2", "/articles/-1", "/articles/1e3"])
      expect(await site.read(path)).toMatchObject({ status: 404, title: "not found" });
    for (const path of ["/webhook", "/forget"])
      expect(await site.read(path)).toMatchObject({ status: 404, title: "not found" });
    expect((await site.post("/articles")).status).toBe(404);
  });
}

describe("by capture", () => {
  eitherWay("capture");

  test("a statement of a thousand rows, and TRUNCATE", async () => {
    const id = await site.insert("one of many");
    await site.change(
      "insert into articles (id, title) select 10000 + n, 'draft' from generate_series(1, 1000) as n",
    );
    await site.cached(id);
    await site.change("update articles set title = 'changed'");
    await site.shows(`/articles/${id}`, { title: "changed" });
    await site.cached(id);
    await site.change("truncate articles");
    await site.shows(`/articles/${id}`, { status: 404 });
    await site.shows("/articles", { title: [] });
  });

  test("a change of the policy, which decides what is public", async () => {
    const id = await site.insert("public today");
    await site.shows("/articles", { title: ["public today"] });
    await site.cached(id);
    await site.change(`alter policy "published articles are public" on articles using (false)`);
    await site.shows(`/articles/${id}`, { status: 404 });
    await site.shows("/articles", { title: [] });
    await site.change(`alter policy "published articles are public" on articles using (published)`);
    await site.shows(`/articles/${id}`, { status: 200 });
  });

  test("I9. when the database is down, nothing older than the bound is served, and the error is clear", async () => {
    const path = `/articles/${await site.insert("kept")}`;
    await site.hit(path);
    site.supabase.setDown(true);
    const down = { status: 502, title: "the database did not answer" };
    await site.shows(path, down).finally(() => site.supabase.setDown(false));
    await site.shows(path, { status: 200, title: "kept" });
  });

  test("I8. secrets that are unset refuse everybody", async () => {
    for (const secret of [undefined, "", "undefined", ADMIN_SECRET, WEBHOOK_SECRET]) {
      expect((await site.post("/forget", secret)).status).toBe(401);
      expect((await site.webhook({}, secret)).status).toBe(403);
    }
  });
});

describe("by webhooks", () => {
  eitherWay("webhooks");

  test("a webhook may be lost: an administrator forgets by hand", async () => {
    const id = await site.insert("old");
    await site.cached(id);
    await site.supabase.change("update articles set title = 'new'");
    for (const secret of [undefined, "", "wrong"])
      expect((await site.post("/forget", secret)).status).toBe(401);
    expect((await site.post("/forget", ADMIN_SECRET)).status).toBe(200);
    await site.shows(`/articles/${id}`, { title: "new" });
  });

  test("a webhook may be late, twice and in the wrong order", async () => {
    const id = await site.insert("first");
    await site.cached(id);
    const events = [
      ...(await site.supabase.change("update articles set title = 'second'")),
      ...(await site.supabase.change("update articles set title = 'third'")),
    ];
    await site.deliver(events.toReversed());
    await site.shows(`/articles/${id}`, { title: "third" });
    await site.deliver(events);
    await site.shows(`/articles/${id}`, { title: "third" });
    await site.shows("/articles", { title: ["third"] });
  });

  test("a webhook may be forged, or of something else", async () => {
    const event = { type: "INSERT", schema: "public", table: "articles", record: { id: 1 } };
    expect((await site.webhook(event, WEBHOOK_SECRET)).status).toBe(200);
    for (const secret of [undefined, "", "wrong"])
      expect((await site.webhook(event, secret)).status).toBe(401);
    expect((await site.webhook({ ...event, table: "users" }, WEBHOOK_SECRET)).status).toBe(422);
    for (const body of ["no json", "[]", "7"])
      expect((await site.webhook(body, WEBHOOK_SECRET)).status).toBe(400);
  });

  test("a webhook may tell of a row that cannot be read: all of the table is fetched again", async () => {
    const id = await site.insert("old");
    await site.cached(id);
    await site.supabase.change("update articles set title = 'new'");
    const event = { type: "UPDATE", schema: "public", table: "articles", record: "?" };
    expect((await site.webhook(event, WEBHOOK_SECRET)).status).toBe(200);
    await site.shows(`/articles/${id}`, { title: "new" });
  });

  test("I9. when the database is down, readers get what is cached, and otherwise a clear error", async () => {
    const [kept, changed] = [await site.insert("kept"), await site.insert("changed")];
    const down = { status: 502, title: "the database did not answer" };
    await site.cached(kept, changed);
    site.supabase.setDown(true);
    try {
      await site.change(`update articles set title = 'changed again' where id = ${changed}`);
      await site.shows(`/articles/${changed}`, down);
      await expect
        .poll(() => site.read(`/articles/${kept}`))
        .toEqual({ status: 200, cache: "hit", title: "kept" });
    } finally {
      site.supabase.setDown(false);
    }
  });
});
