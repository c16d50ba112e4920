import { describe, expect, it } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { KV_PUT_INTERVAL_MS } from "../protocol/constants.ts";
import { AUTHORS, changeOf, entryOf, readOf } from "../testing/fixtures.ts";
import { fill as ask } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";
import { KV_PUT_BYTES_PER_ALARM, KV_RETRY_MS, KV_TRIES } from "./kv-outbox.ts";

const [a, b] = [readOf("a"), readOf("b", AUTHORS)];

/** A second client besides the rig's own: a key that two clients ask for is worth a write. */
const fill: typeof ask = (keeper, read) => ask(keeper, read, { client: "another" });

describe("what is owed to KV", () => {
  it(
    "I11. is a key that two clients have requested, in one flight or from the recent body",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, a, "a");
      expect((await keeper.stats(null)).owedKvWrites).toBe(0);
      await fill(keeper, a);
      expect((await keeper.stats(null)).owedKvWrites).toBe(1);
      ask(keeper, b);
      fill(keeper, b);
      await settle();
      await rig.origin.answer("b");
      expect((await keeper.stats(null)).owedKvWrites).toBe(2);
      await rig.ring(keeper);
      expect(rig.store.puts.map(({ key }) => key).sort()).toEqual(["a", "b"]);
      expect(await keeper.stats(null)).toMatchObject({ owedKvWrites: 0, kvWrites: 2 });
      await fill(keeper, a);
      expect((await keeper.stats(null)).owedKvWrites).toBe(0);
    }),
  );

  it(
    "I11. is told of once a day when the day's writes do not suffice",
    onStorage(async (rig) => {
      const keeper = rig.start({ limits: { kvWritesPerDay: 1 } });
      for (const key of ["a", "b", "c"]) {
        await rig.filled(keeper, readOf(key), key);
        await fill(keeper, readOf(key));
        if (key === "a") await rig.ring(keeper);
      }
      expect(rig.store.puts).toHaveLength(1);
      expect(rig.events).toEqual([
        { event: "kv-budget-spent", spent: 1, perDay: 1, resetsAt: "2026-08-02T00:00:00.000Z" },
      ]);
      expect((await keeper.stats(null)).kvBudget).toEqual({
        spent: 1,
        perDay: 1,
        resetsAt: "2026-08-02T00:00:00.000Z",
      });
    }),
  );

  it(
    "I11. is put at most once a minute for each key, and then with the newest body",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, a, "0");
      await fill(keeper, a);
      await rig.ring(keeper);
      for (const text of ["1", "2", "3"]) {
        await rig.clock.advance(5_000);
        await keeper.ingest([changeOf()]);
        await rig.filled(keeper, a, text);
      }
      await rig.ring(keeper);
      expect(rig.store.puts).toHaveLength(2);
      const [first, second] = rig.store.puts;
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(KV_PUT_INTERVAL_MS);
      expect(new TextDecoder().decode(second?.entry.body)).toBe("3");
    }),
  );

  it(
    "I2. is put with the mark of the turn that puts it, and its expiry counts from its fill (P10)",
    onStorage(async (rig) => {
      const keeper = rig.start({ table: { ttlMs: 100_000, staleIfErrorMs: 20_000 } });
      await rig.filled(keeper, b, "b");
      const { entry } = entryOf(await rig.filled(keeper, a, "a"));
      await fill(keeper, a);
      const { position } = await keeper.ingest([changeOf(AUTHORS)]);
      await rig.clock.advance(30_000);
      let open = () => {};
      rig.store.gate = new Promise((resolve) => {
        open = resolve;
      });
      const ringing = rig.ring(keeper);
      while (rig.store.puts.length === 0) await settle();
      await keeper.ingest([changeOf()]);
      open();
      await ringing;
      expect(rig.store.puts).toMatchObject([{ key: "a", expirationSeconds: 90 }]);
      expect(rig.store.puts[0]?.entry).toMatchObject({ mark: position.mark, filledAt: entry.filledAt });
    }),
  );

  it(
    "I2. is not put when a change has touched it since",
    onStorage(async (rig) => {
      const keeper = rig.start({ limits: { kvWritesPerDay: 1 } });
      await rig.filled(keeper, a, "a");
      await fill(keeper, a);
      await keeper.ingest([changeOf()]);
      await rig.ring(keeper);
      expect(rig.store.puts).toHaveLength(0);
      expect((await keeper.stats(null)).owedKvWrites).toBe(0);
      // A body that is not put costs none of the day's budget.
      await rig.clock.advance(1);
      await rig.filled(keeper, a, "new");
      await rig.ring(keeper);
      expect(rig.store.puts).toHaveLength(1);
    }),
  );

  it(
    "I11. stays within the budget that has accrued, retries and overlapping puts included",
    onStorage(async (rig) => {
      const limits = { kvWritesPerDay: 8 };
      const keeper = rig.start({ limits });
      // So many clients want it that it is charged to no client's share.
      await rig.filled(keeper, a, "a");
      for (let n = 0; n < 5; n++) await ask(keeper, a, { client: `client ${n}` });
      let open = () => {};
      rig.store.gate = new Promise((resolve) => {
        open = resolve;
      });
      const ringing = rig.ring(keeper);
      while (rig.store.puts.length === 0) await settle();
      await rig.clock.advance(1);
      await keeper.ingest([changeOf()]);
      await rig.filled(keeper, a, "newer, while the older is being put");
      open();
      await ringing;
      await rig.ring(keeper);
      await rig.ring(keeper);
      expect(rig.store.puts).toHaveLength(2);
      // Two can be saved up, a new instance starts with no more, and six accrue in a day.
      const next = rig.start({ limits });
      await rig.filled(next, b, "b", { client: "unknown" });
      await fill(next, b);
      await rig.clock.advance(KV_PUT_INTERVAL_MS);
      await next.alarm();
      expect(rig.store.puts).toHaveLength(2);
      expect((await next.stats(null)).owedKvWrites).toBe(1);
      await rig.clock.advance(4 * 3_600_000);
      await keeper.ingest([changeOf(AUTHORS)]);
      await rig.filled(next, b, "b");
      await fill(next, b);
      await next.alarm();
      expect(rig.store.puts).toHaveLength(3);
    }),
  );

  it(
    "I4. is retried with growing pauses if the store fails, and dropped in the end",
    onStorage(async (rig) => {
      const keeper = rig.start({ limits: { kvWritesPerDay: 1_000 } });
      rig.store.failing = true;
      await rig.filled(keeper, a, "a");
      await fill(keeper, a);
      for (let tried = 0; tried < KV_TRIES; tried++) await rig.ring(keeper);
      const times = rig.store.puts.map(({ at }) => at);
      const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(pauses).toEqual(Array.from({ length: KV_TRIES - 1 }, (_, index) => KV_RETRY_MS * 2 ** index));
      expect(await keeper.stats(null)).toMatchObject({
        owedKvWrites: 0,
        kvWrites: 0,
        kvWriteFailures: KV_TRIES,
      });
    }),
  );

  it(
    "I4. survives a crash before the alarm",
    onStorage(async (rig) => {
      const first = rig.start();
      await rig.filled(first, a, "a");
      await fill(first, a);
      const second = rig.start();
      expect((await second.stats(null)).owedKvWrites).toBe(1);
      await rig.ring(second);
      expect(rig.store.puts).toHaveLength(1);
      expect(new TextDecoder().decode(rig.store.puts[0]?.entry.body)).toBe("a");
    }),
  );

  it(
    "I2. survives a crash, but is not put if a change came after it",
    onStorage(async (rig) => {
      const first = rig.start();
      await rig.filled(first, a, "a");
      await fill(first, a);
      const second = rig.start();
      await second.ingest([changeOf()]);
      await rig.ring(second);
      expect(rig.store.puts).toHaveLength(0);
    }),
  );

  it(
    "I11. is forgotten with an evicted key",
    onStorage(async (rig) => {
      const keeper = rig.start({ limits: { maxKeys: 1 } });
      await rig.filled(keeper, a, "a");
      await fill(keeper, a);
      await rig.filled(keeper, b, "b");
      await rig.ring(keeper);
      expect(rig.store.puts).toHaveLength(0);
      expect((await keeper.stats(null)).owedKvWrites).toBe(0);
    }),
  );

  it(
    "I11. holds a few bodies in memory at a time, however many are due",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const [mebibyte, count] = ["x".repeat(1_048_576), 12];
      for (let n = 0; n < count; n++) {
        await rig.filled(keeper, readOf(`large ${n}`), `${n}${mebibyte}`);
        await fill(keeper, readOf(`large ${n}`));
      }
      expect((await keeper.stats(null)).owedKvWrites).toBe(count);
      let alarms = 0;
      for (; (await keeper.stats(null)).owedKvWrites > 0; alarms++) {
        const before = rig.store.puts.length;
        await rig.ring(keeper);
        const bodies = rig.store.puts.slice(before).map(({ entry }) => entry.body.byteLength);
        expect(bodies.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(
          KV_PUT_BYTES_PER_ALARM + 1_100_000,
        );
      }
      expect(alarms).toBeGreaterThan(1);
      expect(rig.store.puts).toHaveLength(count);
    }),
  );
});
