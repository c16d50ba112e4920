import { describe, expect, it } from "vitest";
import type { HealthAnswer, KnownStats } from "../api/types.ts";
import { viewOf } from "../route.ts";
import { type ChangeForm, payloadOf } from "./change-payload.ts";
import { checksOf } from "./checks.ts";
import { caveatInWords, meaningOf, ruleInWords } from "./reasons.ts";

describe("the view that the address names", () => {
  it.each([
    ["", "now"],
    ["#queries", "queries"],
    ["#constructor", "now"],
    ["#<script>", "now"],
  ])("%s", (hash, view) => expect(viewOf(hash)).toBe(view));
});

describe("a change to try", () => {
  const form: ChangeForm = { table: "articles", operation: "UPDATE", record: '{"id":2}', old: '{"id":1}' };

  it("is what a webhook tells", () => {
    const whole = {
      type: "UPDATE",
      schema: "public",
      table: "articles",
      record: { id: 2 },
      old_record: { id: 1 },
    };
    expect(payloadOf(form, "public")).toEqual(whole);
    expect(payloadOf({ ...form, table: "archive.a.b" }, "public")).toMatchObject({
      schema: "archive",
      table: "a.b",
    });
    expect(payloadOf({ ...form, operation: "INSERT", old: "no matter" }, "api")).toMatchObject({
      ...{ schema: "api", record: { id: 2 }, old_record: null },
    });
    expect(payloadOf({ ...form, operation: "DELETE", record: "" }, "public")).toMatchObject({ record: null });
    expect(payloadOf({ ...form, table: " " }, "public")).toBeUndefined();
  });

  it.each(["", "{", "[1]", "1", "null"])("names the row that cannot be read: %s", (record) => {
    expect(() => payloadOf({ ...form, record }, "public")).toThrow(/^The new row /);
  });
});

describe("checks", () => {
  const health: HealthAnswer = {
    ...{ status: "ok", mode: "on", version: "1", keeper: "ok" },
    schema: "known",
    changes: "pulled",
    failures: [],
  };
  const stats = {
    ...{
      schemaState: "known",
      byAgeForMs: 0,
      proven: true,
      auditDifferences: 0,
      kvWriteFailures: 0,
      evictions: 0,
    },
    ...{
      coarseIngests: 0,
      pulling: { lastAgo: 5, failure: null, pruneFailure: null, prunedAgo: 7, isFailing: false },
    },
  } as unknown as KnownStats;
  const states = (more: object, told: HealthAnswer | undefined = health) =>
    Object.fromEntries(checksOf(told, { ...stats, ...more }).map(({ what, state }) => [what, state]));

  it("are well when all is", () => {
    expect(new Set(Object.values(states({})))).toEqual(new Set(["well"]));
    expect(checksOf(health, stats).filter(({ fix }) => fix !== undefined)).toEqual([]);
  });

  it.each<[object, string, string]>([
    [{ schemaState: "refused" }, "Schema", "wrong"],
    [{ schemaState: "new in a later version" }, "Schema", "unknown"],
    [{ byAgeForMs: 9 }, "Schema", "look"],
    [{ pulling: null }, "Changes", "look"],
    [{ pulling: { ...stats.pulling, isFailing: true } }, "Changes", "wrong"],
    [
      { pulling: { ...stats.pulling, pruneFailure: { code: "database", message: "", since: "" } } },
      "Outbox",
      "look",
    ],
    [{ auditDifferences: 1 }, "Audit", "wrong"],
    [{ kvWriteFailures: 1 }, "KV", "look"],
  ])("%j: %s", (more, what, state) => expect(states(more)[what]).toBe(state));

  it("say how mirrors do, and what is not bound only once", () => {
    const config = { tables: { "public.a": { freshnessMs: 1_000 } }, mirrors: null, issues: [] };
    const mirrors = (told: HealthAnswer, isolates: number) =>
      checksOf(told, { ...stats, isolates, mirrors: {} }, { config, at: 1 }).filter(({ what }) =>
        /mirrors/i.test(what),
      );
    expect(mirrors(health, 9)).toEqual([
      {
        ...{ what: "Mirrors", state: "well" },
        says: "9 busy isolates ask up to 18 times a second: no mirrors are needed.",
      },
    ]);
    expect(mirrors(health, 900)).toMatchObject([
      { state: "look", fix: expect.stringContaining("Mirrors ask") },
    ]);
    const issues = [{ path: "MIRROR", message: "is not bound", fix: "Bind it" }];
    expect(mirrors({ ...health, issues }, 900)).toEqual([]);
  });

  it("say what is known while the keeper does not answer", () => {
    expect(states({}, { ...health, keeper: "unreachable" }).Keeper).toBe("wrong");
    expect(checksOf(undefined, undefined)).toMatchObject([{ what: "Keeper", state: "unknown" }]);
  });
});

describe("words of a newer gateway", () => {
  it("are shown as they are", () => {
    expect([meaningOf("constructor"), ruleInWords("constructor"), ruleInWords(null)]).toEqual([
      "",
      "constructor",
      "",
    ]);
    expect(caveatInWords({ kind: "new", culprit: "x" })).toBe("new: x");
    expect(meaningOf("cookie")).toBe("a Cookie header");
  });
});
