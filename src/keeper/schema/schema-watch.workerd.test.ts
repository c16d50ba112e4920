import { describe, expect, it } from "vitest";
import { settle, VirtualClock } from "../../runtime/virtual-clock.ts";
import type { Sql } from "../ports/ports.ts";
import { SCHEMA_PART_BYTES } from "../storage/description.ts";
import { Meta } from "../storage/meta.ts";
import { migrate } from "../storage/migrations.ts";
import { onStorage } from "../testing/storage.ts";
import {
  FIRST_SCHEMA_MS,
  SCHEMA_CHECK_MS,
  SCHEMA_MAX_LENGTH,
  SCHEMA_RECHECK_MS,
  SchemaWatch,
} from "./schema-watch.ts";

const [EMPTY, OTHER] = [
  "{}",
  '{"a.b":{"kind":"table","columns":{},"keys":[],"foreignKeys":[],"descendants":[],"ancestors":[],"computed":{},"reads":null}}',
];

const RELOAD_MS = 5_000;

function watch(sql: Sql) {
  migrate(sql);
  const clock = new VirtualClock();
  const state = {
    schema: EMPTY as string | null,
    version: 1 as number | null,
    asked: 0,
    changes: 0,
    noticesDdl: false,
    roles: {},
    says: null as "refused" | "unreadable" | null,
    /** Answers wait for this. */
    late: null as Promise<void> | null,
  };
  const source = {
    question: { tables: [], reader: null },
    schema: async () => {
      state.asked++;
      const { schema, version, noticesDdl, roles, says, late } = state;
      await late;
      if (says !== null) return says;
      if (schema === null) throw new Error("401");
      return {
        version,
        schema,
        watched: [],
        anonObeysPolicies: false,
        bounds: true,
        settings: "",
        noticesDdl,
        roles,
      };
    },
  };
  const ports = { sql, clock, reloadMs: RELOAD_MS, changed: () => void state.changes++ };
  const open = () => new SchemaWatch({ ...ports, source });
  return { clock, state, open, schema: open(), deaf: () => new SchemaWatch({ ...ports, source: null }) };
}

/** How many milliseconds the API may still answer by its old schema. */
function reloadLeft(sql: Sql): number | null {
  return new Meta(sql).number("api_reload_left");
}

describe("Postgres' description of its relations", () => {
  it(
    "is stored when first read, and a keeper that starts with it sees no change",
    onStorage(async (_rig, sql) => {
      const { schema, state } = watch(sql);
      expect([schema.isMissing, schema.state]).toEqual([true, "missing"]);
      await schema.first();
      expect([schema.isMissing, schema.described?.schema, schema.version]).toEqual([false, EMPTY, 1]);
      expect([schema.state, state.changes]).toEqual(["known", 0]);
    }),
  );

  it(
    "I1. that is new may not have reached the API yet: the first one, another one, another version",
    onStorage(async (_rig, sql) => {
      const { schema, state } = watch(sql);
      expect(reloadLeft(sql)).toBeNull();
      await schema.first();
      expect(reloadLeft(sql)).toBe(RELOAD_MS);
      for (const [change, left] of [
        [{}, 0],
        [{ schema: OTHER }, RELOAD_MS],
        [{ version: 2 }, RELOAD_MS],
        [{ version: null }, RELOAD_MS],
        [{}, 0],
      ] as const) {
        new Meta(sql).set("api_reload_left", 0);
        Object.assign(state, change);
        expect(await schema.refresh()).toBe(true);
        expect(reloadLeft(sql)).toBe(left);
      }
      expect(state.changes).toBe(3);
    }),
  );

  it(
    "I9. does not keep readers waiting if the database does not return it",
    onStorage(async (_rig, sql) => {
      const { schema, state, clock } = watch(sql);
      state.schema = null;
      await schema.first();
      expect([schema.isMissing, schema.state]).toEqual([true, "missing"]);
      state.late = new Promise(() => {});
      const waiting = schema.first();
      await clock.advance(FIRST_SCHEMA_MS);
      await waiting;
      expect([schema.described, state.changes]).toEqual([null, 0]);
    }),
  );

  it(
    "I5. that arrives after a keeper has started without it is reported as a change",
    onStorage(async (_rig, sql) => {
      const { schema, state, clock } = watch(sql);
      const { promise, resolve } = Promise.withResolvers<void>();
      state.late = promise;
      const waiting = schema.first();
      await clock.advance(FIRST_SCHEMA_MS);
      await waiting;
      expect([schema.isMissing, state.changes]).toEqual([true, 0]);
      resolve();
      await settle();
      expect([schema.isMissing, state.changes]).toEqual([false, 1]);
    }),
  );

  it(
    "I5. of an earlier moment does not replace one that was requested later",
    onStorage(async (_rig, sql) => {
      const { schema, state } = watch(sql);
      await schema.first();
      const { promise, resolve } = Promise.withResolvers<void>();
      state.late = promise;
      const earlier = schema.refresh();
      Object.assign(state, { late: null, schema: OTHER, version: 2 });
      expect(await schema.refresh()).toBe(true);
      resolve();
      expect(await earlier).toBe(true);
      expect([schema.described?.schema, schema.version, state.changes]).toEqual([OTHER, 2, 1]);
    }),
  );

  it(
    "I9. that the database refuses to return is not awaited: changes then come as webhooks",
    onStorage(async (_rig, sql) => {
      const { schema, state, clock } = watch(sql);
      state.says = "refused";
      await schema.first();
      expect([schema.isMissing, schema.described, schema.state]).toEqual([false, null, "refused"]);
      await clock.advance(SCHEMA_CHECK_MS);
      state.says = null;
      schema.check();
      await settle();
      expect([schema.described?.schema, schema.state, state.changes]).toEqual([EMPTY, "known", 1]);
    }),
  );

  it(
    "is requested at most once a minute if DDL is not announced",
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
      expect([state.asked, state.changes]).toEqual([2, 0]);
    }),
  );

  it(
    "is requested every ten minutes if the database announces DDL, since it does not announce settings",
    onStorage(async (_rig, sql) => {
      const { schema, state, clock } = watch(sql);
      state.noticesDdl = true;
      await schema.first();
      await clock.advance(SCHEMA_RECHECK_MS - 1);
      schema.check();
      expect(state.asked).toBe(1);
      await clock.advance(1);
      schema.check();
      schema.check();
      await settle();
      expect([state.asked, state.changes]).toEqual([2, 0]);
    }),
  );

  it(
    "I9. stays as it was if the database fails or returns an unusable description, and the log says so",
    onStorage(async (_rig, sql) => {
      const { schema, state } = watch(sql);
      await schema.first();
      for (const [answer, told] of [
        [null, "known"],
        ["[1]", "unreadable"],
        ["not JSON", "unreadable"],
        [`"${"x".repeat(SCHEMA_MAX_LENGTH)}"`, "too-large"],
        [null, "too-large"],
      ] as const) {
        state.schema = answer;
        expect([await schema.refresh(), schema.state]).toEqual([false, told]);
      }
      for (const says of ["refused", "unreadable"] as const) {
        state.says = says;
        expect([await schema.refresh(), schema.state]).toEqual([false, says]);
      }
      expect([schema.described?.schema, state.changes]).toEqual([EMPTY, 0]);
    }),
  );

  it(
    "S7. is in use only if what each role may see can be read too, and another one for a role is a change",
    onStorage(async (_rig, sql) => {
      const { schema, state } = watch(sql);
      await schema.first();
      state.roles = { authenticated: { schema: "not JSON", obeysPolicies: true } };
      expect([await schema.refresh(), schema.state]).toEqual([false, "unreadable"]);
      expect([schema.described?.roles, state.changes]).toEqual([{}, 0]);
      state.roles = { authenticated: { schema: OTHER, obeysPolicies: true } };
      expect([await schema.refresh(), state.changes]).toEqual([true, 1]);
      expect(schema.described?.roles).toEqual(state.roles);
    }),
  );

  it(
    "I11. may be larger than a row of the storage, and may have names in any script",
    onStorage(async (_rig, sql) => {
      const { schema, state, open } = watch(sql);
      const name = `${"€".repeat(SCHEMA_PART_BYTES)}.𝄞`;
      state.schema = OTHER.replace("a.b", name);
      await schema.first();
      expect(sql.exec("SELECT part FROM description").length).toBeGreaterThan(3);
      expect([open().described?.schema, open().state]).toEqual([state.schema, "known"]);
      state.schema = EMPTY;
      await schema.refresh();
      expect([open().described?.schema, sql.exec("SELECT part FROM description").length]).toEqual([EMPTY, 1]);
    }),
  );

  it(
    "I7. of an earlier version that this one cannot read is not used",
    onStorage(async (_rig, sql) => {
      const { schema, open, state } = watch(sql);
      await schema.first();
      const stored = JSON.stringify({ schema: '{"a.b":{}}', watched: [], noticesDdl: true });
      sql.exec("UPDATE description SET bytes = ?", new TextEncoder().encode(stored).buffer);
      const next = open();
      expect([next.isMissing, next.described, next.state]).toEqual([true, null, "outdated"]);
      // 1. It does not switch to webhooks, which may not be set up, if the function refuses this version's calls.
      state.says = "refused";
      await next.first();
      expect([next.isMissing, next.described, next.state]).toEqual([true, null, "outdated"]);
      state.says = null;
      await next.refresh();
      expect([next.isMissing, next.described?.schema, next.state]).toEqual([false, EMPTY, "known"]);
    }),
  );

  it(
    "is never requested without a secret, and one that was stored with a secret is not used",
    onStorage(async (_rig, sql) => {
      const { schema, deaf, state } = watch(sql);
      await schema.first();
      const without = deaf();
      expect([without.isMissing, without.described, without.state]).toEqual([false, null, "none"]);
      without.check();
      expect(await without.refresh()).toBe(false);
      expect(state.asked).toBe(1);
    }),
  );
});
