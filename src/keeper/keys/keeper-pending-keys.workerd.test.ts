import { describe, expect, it } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import type { Sql } from "../ports/ports.ts";
import { changeOf, entryOf, readOf, responseOf } from "../testing/fixtures.ts";
import { fill, type Rig, sync } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";

const reads = (count: number) =>
  Array.from({ length: count }, (_, number) => readOf(`/articles?id=eq.${number}`));

/** Watches a storage: transactions, and statements that insert keys or shapes. */
function watched(sql: Sql) {
  const counts = { transactions: 0, inserts: 0, refuses: false };
  const of: Sql = {
    exec: (query, ...bindings) => {
      if (/INSERT INTO (keys|shapes)/.test(query)) {
        if (counts.refuses) throw new Error("this instance was superseded");
        counts.inserts++;
      }
      return sql.exec(query, ...bindings);
    },
    transaction: (body) => {
      counts.transactions++;
      return sql.transaction(body);
    },
  };
  return { of, counts };
}

/** How many keys are stored. */
const stored = ({ sql }: Rig) => sql.exec<{ n: number }>("SELECT count(*) AS n FROM keys")[0]?.n;

describe("keys that are registered in a burst", () => {
  it(
    "P7. are stored in one transaction, with the first answer of any of them",
    onStorage(async (rig) => {
      const { of, counts } = watched(rig.sql);
      rig.sql = of;
      const keeper = rig.start();
      const { position: at } = await sync(keeper);
      const asked = reads(60).map((read) => fill(keeper, read, { at }));
      await settle();
      const before = { ...counts };
      expect([rig.origin.asked.length, stored(rig)]).toEqual([60, 0]);
      rig.origin.asked[30]?.answer("body");
      await settle();
      expect(stored(rig)).toBe(60);
      expect(counts.transactions - before.transactions).toBe(1);
      // Eleven keys a statement.
      expect(counts.inserts - before.inserts).toBeLessThanOrEqual(1 + 5 + 5);
      const burst = counts.inserts;
      for (const { answer } of rig.origin.asked) answer("body");
      for (const answer of await Promise.all(asked)) expect(entryOf(answer).text).toBe("body");
      expect(counts.inserts).toBe(burst);
    }),
  );

  it(
    "I4. are found by the next instance, and by what changes there",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const { position: at } = await sync(keeper);
      const all = reads(30);
      for (const read of all) void fill(keeper, read, { at });
      await settle();
      for (const { answer } of rig.origin.asked) answer("body");
      await settle();
      const next = rig.start();
      const { keys } = await next.stats(null);
      expect(keys).toBe(30);
      const { affected } = await next.ingest([changeOf()]);
      expect(affected).toBe(30);
    }),
  );

  it(
    "P7. keep their order among those loaded from storage",
    onStorage(async (rig) => {
      const first = rig.start();
      const [a, b, c] = reads(3);
      if (!a || !b || !c) throw new Error("no reads");
      await rig.filled(first, a, "body");
      await rig.filled(first, b, "body");
      const keeper = rig.start();
      void fill(keeper, c);
      await settle();
      const { entries } = await keeper.entries({ prefix: "", cursor: null, limit: 100 });
      expect(entries.map(({ path }) => path)).toEqual([a.path, b.path, c.path]);
    }),
  );
});

describe("a key without an answer", () => {
  it(
    "P7. is never stored",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const read = readOf("a");
      const asked = fill(keeper, read);
      await settle();
      await rig.origin.answer({ kind: "unshareable", reason: "set-cookie" });
      expect(await asked).toMatchObject({ kind: "direct" });
      expect(stored(rig)).toBe(0);
      await rig.filled(keeper, readOf("b"), "body");
      expect(stored(rig)).toBe(1);
      expect((await rig.start().stats(null)).keys).toBe(1);
    }),
  );

  it(
    "P9. that is asked for again still has what it was registered with",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const read = readOf("a");
      const asked = fill(keeper, read);
      await settle();
      await rig.origin.answer(responseOf("no such column", 400));
      expect(await asked).toMatchObject({ kind: "relay" });
      expect(stored(rig)).toBe(0);
      expect(entryOf(await rig.filled(keeper, read, "body")).text).toBe("body");
      expect(stored(rig)).toBe(1);
    }),
  );

  it(
    "I2. of which a change came before its answer, is refused afterwards, by the next instance too",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const read = readOf("a");
      const asked = fill(keeper, read);
      await settle();
      await keeper.ingest([changeOf()]);
      await rig.origin.answer("old");
      const { entry } = (await asked) as Extract<Awaited<typeof asked>, { kind: "entry" }>;
      const next = rig.start();
      const have = { generation: entry.generation, mark: entry.mark };
      const again = fill(next, read, { have });
      await settle();
      await rig.origin.answer("new");
      expect(entryOf(await again).text).toBe("new");
    }),
  );
});

it(
  "P7. an answer whose key the storage does not take is not given out, and the key heals",
  onStorage(async (rig) => {
    const { of, counts } = watched(rig.sql);
    rig.sql = of;
    const keeper = rig.start();
    const read = readOf("a");
    counts.refuses = true;
    const asked = fill(keeper, read);
    const refused = expect(asked).rejects.toThrow("superseded");
    await settle();
    await rig.origin.answer("body");
    await refused;
    counts.refuses = false;
    expect(entryOf(await rig.filled(keeper, read, "body")).text).toBe("body");
    expect(stored(rig)).toBe(1);
  }),
);
