import { describe, expect, it } from "vitest";
import { settle, VirtualClock } from "../cache/virtual-clock.ts";
import { FIRST_SCHEMA_MS, SCHEMA_CHECK_MS, SCHEMA_MAX_LENGTH } from "./constants.ts";
import { Meta } from "./meta.ts";
import { migrate } from "./migrations.ts";
import type { Sql } from "./ports.ts";
import { SchemaWatch } from "./schema-watch.ts";
import { onStorage } from "./testing/storage.ts";

const [EMPTY, OTHER] = [
  "{}",
  '{"a.b":{"kind":"table","columns":{},"keys":[],"foreignKeys":[],"descendants":[],"ancestors":[],"computed":{},"reads":null}}',
];

function watch(sql: Sql) {
  migrate(sql);
  const clock = new VirtualClock();
  const state = {
    schema: EMPTY as string | null,
    version: 1,
    asked: 0,
    restarts: 0,
    hangs: false,
    noticesDdl: false,
  };
  const source = {
    schema: async () => {
      state.asked++;
      if (state.hangs) return new Promise<never>(() => {});
      await state.late?.promise;
      if (state.refuses) return "refused" as const;
      if (state.schema === null) throw new Error("401");
      return {
        version: state.version,
        schema: state.schema,
        watched: [],
        anonObeysPolicies: false,
        noticesDdl: state.noticesDdl,
      };
    },
  };
  const restart = () => {
    state.restarts++;
  };
  const ports = { meta: new Meta(sql), clock, restart };
  return {
    clock,
    state,
    schema: new SchemaWatch({ ...ports, source }),
    deaf: new SchemaWatch({ ...ports, source: null }),
  };
}

describe("Postgres' description of its relations", () => {
  it(
    "is stored at first, without an end",
    onStorage(async (_rig, sql) => {
      const { schema, state } = watch(sql);
      expect(schema.isMissing).toBe(true);
      await schema.first();
      expect([schema.isMissing, schema.described?.schema, schema.version, state.restarts]).toEqual([
        false,
        EMPTY,
        1,
        0,
      ]);
    }),
  );

  it(
    "9. does not keep readers waiting where the database does not give it",
    onStorage(async (_rig, sql) => {
      const { schema, state, clock } = watch(sql);
      state.schema = null;
      await schema.first();
      expect(schema.isMissing).toBe(true);
      state.hangs = true;
      const waiting = schema.first();
      await clock.advance(FIRST_SCHEMA_MS);
      await waiting;
      expect([schema.described, state.restarts]).toEqual([null, 0]);
    }),
  );

  it(
    "5. that comes too late for this instance is for the next one",
    onStorage(async (_rig, sql) => {
      const { schema, state, clock } = watch(sql);
      state.late = Promise.withResolvers<void>();
      const waiting = schema.first();
      await clock.advance(FIRST_SCHEMA_MS);
      await waiting;
      expect([schema.isMissing, state.restarts]).toEqual([true, 0]);
      state.late.resolve();
      await settle();
      expect([schema.isMissing, state.restarts]).toEqual([false, 1]);
    }),
  );

  it(
    "9. that the database refuses to give is not waited for: changes come as webhooks then",
    onStorage(async (_rig, sql) => {
      const { schema, state, clock } = watch(sql);
      state.refuses = true;
      await schema.first();
      expect([schema.isMissing, schema.described]).toEqual([false, null]);
      await clock.advance(SCHEMA_CHECK_MS);
      state.refuses = false;
      schema.check();
      await settle();
      expect([schema.described?.schema, state.restarts]).toEqual([EMPTY, 1]);
    }),
  );

  it(
    "is asked for once a minute at most, and ends the instance when it has changed",
    onStorage(async (_rig, sql) => {
      const { schema, state, clock } = watch(sql);
      await schema.first();
      schema.check();
      await clock.advance(SCHEMA_CHECK_MS - 1);
      schema.check();
      expect(state.asked).toBe(1);
      await clock.advance(1);
      schema.check();
      await settle();
      expect([state.asked, state.restarts]).toEqual([2, 0]);
      Object.assign(state, { schema: OTHER, version: 2 });
      expect(await schema.refresh()).toBe(true);
      expect([schema.described?.schema, schema.version, state.restarts]).toEqual([OTHER, 2, 1]);
    }),
  );

  it(
    "is not asked for where the database tells of its changes",
    onStorage(async (_rig, sql) => {
      const { schema, state } = watch(sql);
      state.noticesDdl = true;
      await schema.first();
      schema.check();
      expect(state.asked).toBe(1);
      state.version = 2;
      expect(await schema.refresh()).toBe(true);
      expect([schema.version, state.restarts]).toEqual([2, 0]);
    }),
  );

  it(
    "9. stays as it was when the database fails, or describes itself in a way that cannot be read",
    onStorage(async (_rig, sql) => {
      const { schema, state } = watch(sql);
      await schema.first();
      for (const answer of [null, "[1]", "not JSON", `"${"x".repeat(SCHEMA_MAX_LENGTH)}"`]) {
        state.schema = answer;
        expect(await schema.refresh()).toBe(false);
      }
      expect([schema.described?.schema, state.restarts]).toEqual([EMPTY, 0]);
    }),
  );

  it(
    "is never asked for without a secret",
    onStorage(async (_rig, sql) => {
      const { deaf, state } = watch(sql);
      expect(deaf.isMissing).toBe(false);
      deaf.check();
      expect(await deaf.refresh()).toBe(false);
      expect(state.asked).toBe(0);
    }),
  );
});
