import { describe, expect, it } from "vitest";
import { settle } from "../runtime/virtual-clock.ts";
import type { OriginAnswer, Sql } from "./ports/ports.ts";
import { changeOf, entryOf, FOOTPRINTS, readOf, responseOf, textOf } from "./testing/fixtures.ts";
import { FLIGHT_DEADLINE_MS, fill } from "./testing/rig.ts";
import { onStorage } from "./testing/storage.ts";

const read = readOf("a");

describe("an answer that cannot be stored", () => {
  const answers: [string, OriginAnswer, object][] = [
    ["relay", responseOf("no such column", 400), { kind: "relay" }],
    ["direct", { kind: "unshareable", reason: "set-cookie" }, { kind: "direct", reason: "set-cookie" }],
    ["failed", { kind: "failed", reason: "timeout" }, { kind: "failed", reason: "timeout" }],
  ];
  for (const [name, answer, expected] of answers) {
    it(
      `I10. reaches all waiting callers, and does not poison the key (${name})`,
      onStorage(async (rig) => {
        const keeper = rig.start();
        const asked = [fill(keeper, read), fill(keeper, read), fill(keeper, read)];
        await settle();
        await rig.origin.answer(answer);
        for (const given of await Promise.all(asked)) expect(given).toMatchObject(expected);
        const again = fill(keeper, read);
        await settle();
        expect(rig.origin.asked).toHaveLength(2);
        await rig.origin.answer("body");
        expect(entryOf(await again).text).toBe("body");
      }),
    );

    it(
      `I10. hands over to the successor that waits behind it (${name})`,
      onStorage(async (rig) => {
        const keeper = rig.start();
        const first = fill(keeper, read);
        await settle();
        await keeper.ingest([changeOf()]);
        const second = fill(keeper, read);
        await settle();
        await rig.origin.answer(answer);
        expect(await first).toMatchObject(expected);
        expect(rig.origin.asked).toHaveLength(2);
        await rig.origin.answer("body");
        expect(entryOf(await second).text).toBe("body");
      }),
    );
  }

  it(
    "I1. tells a caller that joined a relay how old it is",
    onStorage(async (rig) => {
      const keeper = rig.start();
      fill(keeper, read);
      await settle();
      await rig.clock.advance(700);
      await keeper.ingest([changeOf()]);
      const late = fill(keeper, read, { boundMs: 5_000 });
      await settle();
      await rig.origin.answer(responseOf("no", 404));
      const answer = await late;
      expect(answer).toMatchObject({ kind: "relay", age: 700 });
      expect(answer.kind === "relay" && textOf(answer.response.body)).toBe("no");
    }),
  );

  it(
    "I10. ends at the flight's deadline if the origin never answers; a later answer changes nothing",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const asked = fill(keeper, read);
      await settle();
      await rig.clock.advance(FLIGHT_DEADLINE_MS);
      expect(await asked).toEqual({ kind: "failed", reason: "timeout" });
      const again = fill(keeper, read);
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
      rig.origin.asked[0]?.answer("late");
      await settle();
      await rig.origin.answer("in time");
      expect(entryOf(await again).text).toBe("in time");
      expect(entryOf(await fill(keeper, read)).text).toBe("in time");
    }),
  );

  it(
    "I10. is a failure if the origin's port throws or rejects",
    onStorage(async (rig) => {
      const keeper = rig.start();
      rig.origin.fetch = () => {
        throw new Error("binding is gone");
      };
      expect(await fill(keeper, read)).toEqual({ kind: "failed", reason: "unreachable" });
      rig.origin.fetch = () => Promise.reject(new Error("connection is lost"));
      expect(await fill(keeper, read)).toEqual({ kind: "failed", reason: "unreachable" });
    }),
  );
});

describe("a storage that fails", () => {
  /** Statements that match fail while `broken`. */
  function breakable(sql: Sql, pattern: RegExp) {
    const state = { broken: false };
    const failing: Sql = {
      exec: (query, ...bindings) => {
        if (state.broken && pattern.test(query)) throw new Error("database or disk is full");
        return sql.exec(query, ...bindings);
      },
      transaction: (body) => sql.transaction(body),
    };
    return { state, failing };
  }

  it(
    "I10. does not make callers of a flight hang (the KV outbox cannot be written)",
    onStorage(async (rig, sql) => {
      const { state, failing } = breakable(sql, /INTO owed/);
      rig.sql = failing;
      const keeper = rig.start();
      const asked = [fill(keeper, read), fill(keeper, read)];
      await settle();
      await keeper.ingest([changeOf()]);
      const successor = fill(keeper, read);
      await settle();
      state.broken = true;
      await rig.origin.answer("one");
      await rig.origin.answer("two");
      await rig.clock.advance(60_000);
      const texts = Promise.all([...asked, successor]).then((answers) => answers.map((a) => entryOf(a).text));
      const late = rig.clock.sleep(1).then(() => "hangs");
      const first = Promise.race([texts, late]);
      await rig.clock.advance(1);
      expect(await first).toEqual(["one", "one", "two"]);
    }),
  );

  for (const pattern of [/INTO meta/, /INTO buckets/]) {
    it(
      `I4. makes an ingest fail as a whole: nothing changed, memory included (${pattern.source})`,
      onStorage(async (rig, sql) => {
        const { state, failing } = breakable(sql, pattern);
        rig.sql = failing;
        const keeper = rig.start();
        const { entry } = entryOf(await rig.filled(keeper, read, "body"));
        const before = await keeper.stats(null);
        const dump = () =>
          JSON.stringify([sql.exec("SELECT * FROM meta"), sql.exec("SELECT * FROM buckets")]);
        const stored = dump();
        state.broken = true;
        await expect(keeper.ingest([changeOf()])).rejects.toThrow("full");
        await expect(keeper.purge({ keys: ["a"] })).rejects.toThrow("full");
        state.broken = false;
        expect(dump()).toBe(stored);
        expect((await keeper.stats(null)).position).toEqual(before.position);
        expect(await fill(keeper, read, { have: entry })).toMatchObject({ kind: "good" });
        expect((await keeper.ingest([changeOf()])).position.mark).toBe(before.position.mark + 1);
      }),
    );
  }

  it(
    "I2. leaves no key registered that no change finds",
    onStorage(async (rig, sql) => {
      const { state, failing } = breakable(sql, /INTO keys/);
      rig.sql = failing;
      const keeper = rig.start();
      state.broken = true;
      const refused = expect(fill(keeper, read)).rejects.toThrow("full");
      await settle();
      await rig.origin.answer("body");
      await refused;
      state.broken = false;
      await rig.filled(keeper, read, "body");
      expect((await keeper.ingest([changeOf()])).affected).toBe(1);
      const odd = readOf("odd");
      const footprint = { ...FOOTPRINTS.of(odd.asked).footprint, shape: "not JSON" };
      rig.footprints = { ...FOOTPRINTS, of: () => ({ footprint }) };
      await expect(fill(rig.start(), odd)).rejects.toThrow();
      rig.footprints = FOOTPRINTS;
      expect((await keeper.stats(null)).keys).toBe(1);
      // The next instance must be able to start.
      expect((await rig.start().stats(null)).keys).toBe(1);
    }),
  );
});
