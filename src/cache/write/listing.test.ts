import { expect, test } from "vitest";
import { laboratory } from "../testing/laboratory.ts";

test("keys are listed page by page, and a page says where to continue", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  for (let n = 0; n < 25; n++) await cache.set(`user:${String(n).padStart(2, "0")}`, n);
  await cache.set("other", 1);
  const seen: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const page = await cache.listKeys({ prefix: "user:", limit: 10, cursor });
    seen.push(...page.keys);
    cursor = page.cursor;
    pages++;
  } while (cursor !== undefined);
  expect(pages).toBe(3);
  expect(seen).toHaveLength(25);
  expect(seen[24]).toBe("user:24");
});

test("a namespace lists its own keys, and the root those outside any namespace", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  await cache.set("/odd", 1);
  await cache.set("plain", 1);
  await cache.namespace("v3").set("inner", 1);
  expect((await cache.listKeys()).keys).toEqual(["plain", "/odd"].sort((a, b) => (a < b ? -1 : 1)));
  expect((await cache.namespace("v3").listKeys()).keys).toEqual(["inner"]);
});

test("erasing removes from the store, a page at a time", async () => {
  const { isolate, store } = laboratory();
  const { cache } = isolate();
  for (let n = 0; n < 25; n++) await cache.set(`user:${n}`, n);
  let erased = 0;
  let cursor: string | undefined;
  do {
    const page = await cache.erase({ prefix: "user:", limit: 10, cursor });
    erased += page.erased;
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(erased).toBe(25);
  expect((await store.list?.("", { limit: 100 }))?.keys).toEqual([]);
  expect(await cache.has("user:3")).toBe(false);
});

test("a store that cannot list says so", async () => {
  const { store } = laboratory();
  const { list: _, ...unlisted } = store;
  const { cache } = laboratory(unlisted).isolate();
  await expect(cache.listKeys()).rejects.toMatchObject({ code: "listing-unsupported" });
});
