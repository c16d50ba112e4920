import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MirrorFault } from "../../testing/gateway/mirror-orders.ts";
import type { Answer, Stack } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";
import { Hits } from "./hits.ts";
import { setFault, startMirroredStack } from "./mirrored-stack.ts";
import { OverTime } from "./over-time.ts";
import { PLACES, REGIONS } from "./places.ts";

const BOUND_MS = 1_000;
const ARTICLE = "/rest/v1/articles?select=id,views&id=eq.1";

let stack: Stack;

beforeAll(async () => {
  stack = await startMirroredStack({ tables: { articles: { freshness: BOUND_MS / 1_000 } } });
});

afterAll(() => stack?.stop());

const read = ({ at, continent }: (typeof PLACES)[number], target = ARTICLE) =>
  stack.read(target, { at, headers: { "x-test-continent": continent } });

const callsOf = async (mirror: string): Promise<number> => (await setFault(stack, mirror, null)).calls;

/** Reads everywhere, and notes what it gets. How fast the machine is does not matter. */
class Readers {
  readonly broken: string[] = [];
  readonly statuses = new Set<number>();
  readonly hits = new Hits();

  /** @param wrongWith what is wrong with an answer whose read began then; null: nothing */
  async during(
    work: () => Promise<void>,
    wrongWith: (answer: Answer, began: number) => string | null,
  ): Promise<void> {
    let isOver = false;
    const readers = PLACES.map(async (place) => {
      while (!isOver) {
        const began = performance.now();
        const answer = await read(place);
        this.statuses.add(answer.status);
        this.hits.note(place.at, answer, began);
        const wrong = wrongWith(answer, began);
        if (wrong !== null) this.broken.push(`${place.at}: ${wrong}: ${answer.cacheStatus}`);
        await sleep(5);
      }
    });
    await work().finally(() => {
      isOver = true;
    });
    await Promise.all(readers);
  }
}

/** Writes meanwhile: each answer must reflect whatever had been acknowledged a bound before its read began. */
class Traffic extends Readers {
  readonly #acknowledged: { readonly views: number; readonly at: number }[] = [];
  #views = 0;

  /** This many writes, and more until there was a hit at each place. */
  run(writes: number): Promise<void> {
    return this.during(
      () =>
        this.hits.meanwhile(100, async (pauseMs) => {
          for (let write = 0; write < writes; write++) {
            const views = ++this.#views;
            await stack.supabase.db.query(`update articles set views = ${views} where id = 1`);
            this.#acknowledged.push({ views, at: performance.now() });
            await sleep(pauseMs);
          }
        }),
      ({ json }, began) => {
        const least = this.#acknowledged.findLast(({ at }) => at < began - BOUND_MS)?.views ?? 0;
        const { views } = json[0];
        return views < least ? `${views} after ${least}` : null;
      },
    );
  }
}

describe("a keeper, two mirrors and six isolates", () => {
  it("M6. each isolate asks the mirror of its region", async () => {
    for (const place of PLACES) {
      const [other] = REGIONS.filter(({ mirror }) => mirror !== place.mirror);
      if (!other) throw new Error("one region only");
      const before = [await callsOf(place.mirror), await callsOf(other.mirror)] as const;
      await until(`${place.mirror} is asked`, async () => {
        await read(place);
        return (await callsOf(place.mirror)) > before[0];
      });
      expect(await callsOf(other.mirror)).toBe(before[1]);
    }
  });

  it("M4. a change that one region's reader has the keeper learn of is told to the other region's mirror", async () => {
    const [europe, oceania] = [PLACES[0], PLACES.at(-1)];
    if (!europe || !oceania) throw new Error("no place");
    const { nudges } = await setFault(stack, oceania.mirror, null);
    await until("a nudge", async () => {
      await read(oceania);
      await stack.supabase.db.query("update articles set views = views + 1 where id = 1");
      await read(europe);
      return (await setFault(stack, oceania.mirror, null)).nudges > nudges;
    });
  });

  for (const [name, fault] of [
    ["killed", "killed"],
    ["cut off", "cut-off"],
    ["lagging", { lagMs: 700 }],
    ["slow", { slowMs: 300 }],
    ["hanging", { slowMs: 20_000 }],
    ["of another version", "of another version"],
    ["set back in time by ten seconds, and then forward", { clockSetMs: -10_000 }],
  ] as const satisfies readonly (readonly [string, MirrorFault])[])
    it(`I1, I9, M5. a mirror that is ${name}: no answer is older than its bound, and no read fails`, async () => {
      const traffic = new Traffic();
      await stack.supabase.db.query("update articles set views = 0 where id = 1");
      await sleep(BOUND_MS);
      for (const { mirror } of REGIONS) {
        await traffic.run(5);
        await setFault(stack, mirror, fault);
        await traffic.run(15);
        await setFault(stack, mirror, null);
      }
      await traffic.run(5);
      expect(traffic.broken).toEqual([]);
      expect([...traffic.statuses]).toEqual([200]);
    });

  it("I1, I7. a right or a policy that is taken away, given back and replaced: no answer is a bound behind", async () => {
    const isSeen = new OverTime(true);
    const readers = new Readers();
    const changes = [
      [false, "alter policy published on articles using (false)"],
      [true, "alter policy published on articles using (not draft)"],
      [false, "revoke select on articles from anon"],
      [true, "grant select on articles to anon"],
      [false, "drop policy published on articles"],
      [true, "create policy published on articles for select to anon using (not draft)"],
    ] as const;
    await readers.during(
      async () => {
        for (const [isGiven, ddl] of changes) {
          await isSeen.become(isGiven, () => stack.supabase.db.query(ddl));
          await sleep(2 * BOUND_MS);
          if (isGiven) await readers.hits.everywhere();
        }
      },
      (answer, began) => {
        const sees = answer.status === 200 && answer.json.length === 1;
        if (isSeen.was(sees, began - BOUND_MS, performance.now())) return null;
        return `${answer.status} ${answer.body}`;
      },
    );
    expect(readers.broken).toEqual([]);
  });
});
