import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";
import { LIVELY_MS } from "../../testing/gateway/tidemark.config.ts";
import { until } from "../../testing/patience.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack?.stop());

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;
const views = (answer: Answer): number => answer.json[0].views;

describe("one flight", () => {
  it("I3. of 500 concurrent cold requests for one key, the origin counts 1", async () => {
    const hold = stack.origin.hold("id=eq.1");
    const reads = Array.from({ length: 500 }, () => stack.read(article(1)));
    await hold.arrived;
    hold.release();
    const answers = await Promise.all(reads);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(new Set(answers.map((answer) => answer.body.toString())).size).toBe(1);
    expect(hold.count).toBe(1);
  });

  it("I3. of 200 concurrent requests spelled in four ways, too", async () => {
    const hold = stack.origin.hold("id=eq.101");
    const spellings = [
      "select=id,title&id=eq.101&limit=5",
      "limit=5&select=id,title&id=eq.101",
      "id=eq.101&limit=5&select=id%2Ctitle",
      "select=id%2c%74itle&id=eq.%31%30%31&limit=5",
    ];
    const reads = Array.from({ length: 200 }, (_, n) => stack.read(`/rest/v1/articles?${spellings[n % 4]}`));
    await hold.arrived;
    hold.release();
    await Promise.all(reads);
    expect(hold.count).toBe(1);
  });

  it("I3. after a change in flight there is one successor, for all later readers", async () => {
    const hold = stack.origin.hold("id=eq.2");
    const early = stack.read(article(2));
    await hold.arrived;
    await stack.change("update articles set views = 222222 where id = 2");
    const late = Array.from({ length: 100 }, () =>
      stack.read(article(2), { headers: { "cache-control": "no-cache" } }),
    );
    hold.release();
    expect((await Promise.all(late)).map(views)).toEqual(Array(100).fill(222_222));
    await early;
    expect(hold.count).toBe(2);
  });
});

describe("a change is not lost", () => {
  it("I2. when it comes during the first fill, after the origin has read the old row", async () => {
    const hold = stack.origin.hold("id=eq.3");
    const first = stack.read(article(3));
    await hold.arrived;
    const acknowledged = await stack.change("update articles set views = 333333 where id = 3");
    hold.release();
    expect(views(await first)).not.toBe(333_333); // began before the change, so it may show the old row
    await withinBound(
      LIVELY_MS,
      acknowledged,
      () => stack.read(article(3)),
      (a) => views(a) === 333_333,
    );
  });

  it("I2. when it comes during a refill", async () => {
    await stack.read(article(4));
    await stack.read(article(4));
    const hold = stack.origin.hold("id=eq.4");
    // The first change makes the entry one to refill; the refill reads the row, and is held.
    await stack.change("update articles set views = 4 where id = 4");
    const during = until("a refill has begun", async () => {
      void stack.read(article(4)).catch(() => {});
      return hold.count > 0;
    });
    await Promise.race([hold.arrived, during]);
    await hold.arrived;
    const acknowledged = await stack.change("update articles set views = 444444 where id = 4");
    hold.release();
    await withinBound(
      LIVELY_MS,
      acknowledged,
      () => stack.read(article(4)),
      (a) => views(a) === 444_444,
    );
    expect(views(await stack.read(article(4)))).toBe(444_444);
  });

  it("I2. when it comes during a fill for a key of a table that depends on the changed one", async () => {
    const target = "/rest/v1/articles?select=id,authors(name)&id=eq.5";
    const hold = stack.origin.hold("id=eq.5");
    const first = stack.read(target);
    await hold.arrived;
    const acknowledged = await stack.change("update authors set name = 'Changed in flight'");
    hold.release();
    await first;
    await withinBound(
      LIVELY_MS,
      acknowledged,
      () => stack.read(target),
      (a) => a.json[0].authors.name === "Changed in flight",
    );
  });

  it("I2. when the same change is reported twice, late or in the wrong order", async () => {
    await stack.read(article(6));
    stack.webhooks.pause();
    for (const n of [1, 2, 3]) await stack.supabase.db.query(`update articles set views = ${n} where id = 6`);
    const [one = "", two = "", three = ""] = stack.webhooks.waiting;
    stack.webhooks.lose();
    for (const payload of [three, one, one, two]) expect(await stack.webhooks.send(payload)).toBe(200);
    await withinBound(
      LIVELY_MS,
      performance.now(),
      () => stack.read(article(6)),
      (a) => views(a) === 3,
    );
  });

  it("I1. a hot key on a constantly changing table costs the origin little, and stays within its bound", async () => {
    const target = article(7);
    await stack.read(target);
    stack.origin.reset();
    const stop = new AbortController();
    let reads = 0;
    const readers = Array.from({ length: 8 }, async () => {
      while (!stop.signal.aborted) {
        await stack.read(target);
        reads += 1;
      }
    });
    let acknowledged = 0;
    for (let n = 1; n <= 100; n++) {
      acknowledged = await stack.change(`update articles set views = ${n} where id = 7`);
      await until("it was read some times", () => reads >= 5 * n);
    }
    stop.abort();
    await Promise.all(readers);
    await withinBound(
      LIVELY_MS,
      acknowledged,
      () => stack.read(target),
      (a) => views(a) === 100,
    );
    // One for each change, however fast the machine is.
    const asked = stack.origin.reads.filter((read) => read.endsWith("id=eq.7"));
    expect(asked.length).toBeLessThanOrEqual(100);
  });
});
