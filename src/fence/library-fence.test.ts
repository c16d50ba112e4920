import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { BOUND_MS, SUFFERING_KEEPER, USER } from "../cache/testing/keeper-workers.ts";
import { type Isolates, isolates } from "../cache/testing/miniflare.ts";

// The library with its real keeper: isolates of their own over one KV, in real workerd, the Durable Object in a script
// of its own. An invalidation does not touch KV here, which serves the old value until a new one is put.

interface Answer {
  readonly value?: string;
  readonly status?: string;
  readonly tier?: string;
  readonly error?: string;
  readonly code?: string;
}

let workers: Isolates;
beforeAll(async () => {
  workers = await isolates(["one", "two", "three"], USER, SUFFERING_KEEPER);
});
afterAll(() => workers.dispose());
afterEach(() => ask("one", "/keeper/well"));

const ask = async <T = Answer>(name: string, path: string): Promise<T> =>
  (await workers.fetch(name, path)).json();

/** Reads until the value is new. No read that began later than the bound after `since` may give the old one. */
async function renewed(name: string, path: string, since: number): Promise<void> {
  for (;;) {
    const start = Date.now();
    const answer = await ask(name, path);
    if (answer.value !== "old") return expect(answer.error).toBeUndefined();
    expect(start - since, `${JSON.stringify(answer)} is older than the bound`).toBeLessThanOrEqual(BOUND_MS);
  }
}

/** Both isolates have `old`, and so has KV. */
async function haveOld(key: string, query = ""): Promise<void> {
  for (const name of ["one", "two"]) {
    await expect
      .poll(() => ask(name, `/read/${key}?load=old${query}`))
      .toMatchObject({ value: "old", status: "hit" });
  }
  await expect.poll(() => ask<string>("one", `/inKv/${key}`)).toContain("old");
}

test.each(["delete", "invalidateTags", "deletePrefix", "forget"])(
  "I1. %s in one isolate is seen in the others within the bound, although KV has the old value",
  async (way) => {
    const key = `${way}:1`;
    await haveOld(key);
    expect(await ask("one", `/${way}/${key}`)).toBeNull();
    const since = Date.now();
    expect(await ask("one", `/inKv/${key}`)).toContain("old");
    await renewed("two", `/read/${key}?load=new`, since);
    expect((await ask("three", `/read/${key}?load=newest`)).value).not.toBe("old");
  },
);

test("I1. a value that is set replaces the other isolates' values within the bound", async () => {
  await haveOld("set:1");
  await ask("one", "/set/set:1?load=set");
  await renewed("two", "/read/set:1?load=loaded", Date.now());
  expect((await ask("two", "/read/set:1?load=loaded")).value).toBe("set");
});

test.each(["delete", "invalidateTags", "deletePrefix", "forget"])(
  "I2. a load that raced %s in another isolate is refused wherever its value lands",
  async (way) => {
    const key = `raced-${way}:1`;
    await ask("one", "/read/first?load=1"); // so that the old value is stored somewhere before the load begins
    const racing = ask("one", `/read/${key}?load=old&gate=${way}`);
    await expect.poll(() => ask<boolean>("one", `/waiting/${way}`)).toBe(true);
    await ask("two", `/${way}/${key}`);
    const since = Date.now();
    await ask("one", `/open/${way}`);
    expect((await racing).value).toBe("old");
    await expect.poll(() => ask<string>("one", `/inKv/${key}`)).toContain("old");
    for (const name of ["three", "two", "one"]) await renewed(name, `/read/${key}?load=new`, since);
  },
);

test("most hits cost no call of the keeper", async () => {
  const hour = "&freshness=1h";
  for (const name of ["one", "two"]) await ask(name, `/read/quiet?load=v${hour}`);
  const before = await ask<number>("one", "/syncs");
  for (let n = 0; n < 100; n++) {
    for (const name of ["one", "two"]) {
      expect(await ask(name, `/read/quiet?load=w${hour}`)).toMatchObject({ value: "v", status: "hit" });
    }
  }
  expect((await ask<number>("one", "/syncs")) - before).toBe(0);
});

test("I1. a bound of zero asks the keeper for every read, and is strict", async () => {
  const strict = (name: string, load: string) => ask(name, `/read/strict?load=${load}&freshness=0s`);
  expect(await strict("one", "old")).toMatchObject({ value: "old" });
  await expect.poll(() => ask<string>("one", "/inKv/strict")).toContain("old");
  const before = await ask<number>("one", "/syncs");
  for (let n = 0; n < 5; n++) expect(await strict("two", "x")).toMatchObject({ value: "old", status: "hit" });
  expect((await ask<number>("one", "/syncs")) - before).toBeGreaterThanOrEqual(5);
  for (let n = 0; n < 5; n++) {
    await ask("one", "/delete/strict?freshness=0s");
    expect((await strict("two", `new${n}`)).value).toBe(`new${n}`);
  }
});

test("I9. the keeper is killed: its marks survive, and no value is loaded again because of it", async () => {
  const read = (name: string, load: string) => ask(name, `/read/killed?load=${load}&freshness=0s`);
  await expect.poll(() => read("one", "old")).toMatchObject({ status: "hit" });
  await ask("two", "/keeper/death");
  expect(await read("one", "new")).toMatchObject({ value: "old", status: "hit" });
  expect(await ask("one", "/delete/killed")).toBeNull();
  await ask("two", "/keeper/death");
  expect(await ask("one", "/delete/killed")).toBeNull();
  expect((await read("two", "new")).value).toBe("new");
});

test.each(["failing", "hanging"])(
  "I9. a keeper that is %s: reads are loaded, nothing older than the bound is served, and it recovers",
  async (state) => {
    const key = `${state}:1`;
    await haveOld(key);
    await ask("three", `/keeper/${state}`);
    const since = Date.now();
    await renewed("one", `/read/${key}?load=new`, since);
    await renewed("two", `/read/${key}?load=new`, since);
    expect(await ask("one", `/delete/${key}`)).toMatchObject({ code: "invalidation-failed" });
    await ask("three", "/keeper/death");
    await expect
      .poll(() => ask("two", `/read/${key}?load=well&freshness=0s`))
      .toMatchObject({ status: "hit" });
  },
);

test("I4. storage lost: entries that the last generation proved are refused, and the new one serves", async () => {
  await haveOld("lost:1");
  await ask("three", "/keeper/amnesia");
  const since = Date.now();
  await renewed("two", "/read/lost:1?load=new", since);
  await expect.poll(() => ask("two", "/read/lost:1?load=newer")).toMatchObject({ status: "hit" });
  await haveOld("lost:2");
  await ask("one", "/delete/lost:2");
  await renewed("two", "/read/lost:2?load=new", Date.now());
});
