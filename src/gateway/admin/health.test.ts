import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DatabaseStatus } from "../../keeper/protocol/database-status.ts";
import { VERSION } from "../../runtime/version.ts";
import { adminOf, around, ask, reset } from "./testing/admin-bench.ts";

beforeEach(reset);
afterEach(() => {
  vi.useRealTimers();
});

/** From here on time passes only as the test lets it: a machine that stands still for a second changes nothing. */
function stopClock(...timers: ("setTimeout" | "clearTimeout")[]): void {
  vi.useFakeTimers({ toFake: ["Date", ...timers] });
}

describe("health", () => {
  it("is public", async () => {
    const { status, json } = await ask("health", { secret: null });
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: "ok", version: VERSION, keeper: "ok" });
  });

  it("is degraded, and still 200, when the keeper does not answer within a second", async () => {
    stopClock("setTimeout", "clearTimeout");
    around.hang = true;
    const asked = ask("health", { secret: null, to: adminOf({}) });
    while (vi.getTimerCount() === 0) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(1_000);
    const { status, json } = await asked;
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: "degraded", mode: "on", keeper: "unreachable", schema: "unknown" });
  });

  const pulling = { lastAgo: 10, failure: null, pruneFailure: null, prunedAgo: 5, isFailing: false };
  const message = "tidemark_changes answered 500: a secret detail";
  const since = "2026-11-27T10:00:00.000Z";
  const failure = { code: "database", message, at: "2026-11-27T12:00:00.000Z", since };

  it.each<[DatabaseStatus, string, string]>([
    [{ schemaState: "known", pulling }, "ok", "pulled"],
    [{ schemaState: "known", pulling: { ...pulling, pruneFailure: failure } }, "ok", "pulled"],
    [{ schemaState: "none", pulling: null }, "ok", "webhooks"],
    [{ schemaState: "refused", pulling: null }, "ok", "webhooks"],
    [{ schemaState: "missing", pulling: null }, "degraded", "unknown"],
    [{ schemaState: "outdated", pulling: null }, "degraded", "unknown"],
    [{ schemaState: "too-large", pulling }, "degraded", "pulled"],
    [{ schemaState: "unreadable", pulling }, "degraded", "pulled"],
    [{ schemaState: "known", pulling: { ...pulling, failure, isFailing: true } }, "degraded", "failing"],
  ])("says in one word why nothing is proven: %j", async (given, status, changes) => {
    around.standing = given;
    const { json } = await ask("health", { secret: null, to: adminOf({}) });
    expect(json).toMatchObject({ status, keeper: "ok", schema: given.schemaState, changes });
    expect(JSON.stringify(json)).not.toContain("secret");
  });

  it("reports failing pulls and prunings of the database by code and start", async () => {
    around.standing = {
      schemaState: "known",
      pulling: { ...pulling, pruneFailure: { ...failure, code: "overdue" } },
    };
    const asked = async () => (await ask("health", { secret: null, to: adminOf({}) })).json;
    expect(await asked()).toMatchObject({
      status: "ok",
      failures: [{ what: "prune", code: "overdue", since }],
    });
    around.standing = { schemaState: "known", pulling: { ...pulling, failure, isFailing: true } };
    expect(await asked()).toMatchObject({
      status: "degraded",
      failures: [{ what: "pull", code: "database", since }],
    });
    around.standing = { schemaState: "known", pulling };
    expect(await asked()).toMatchObject({ failures: [] });
  });

  it("calls the keeper at most once a second, however often it is requested", async () => {
    stopClock();
    const to = adminOf({});
    for (let i = 0; i < 5; i++) await ask("health", { to });
    expect(around.calls).toHaveLength(1);
    vi.advanceTimersByTime(1_000);
    await ask("health", { to });
    expect(around.calls).toHaveLength(2);
  });

  it("I11. calls the keeper once for any number of concurrent requests", async () => {
    stopClock();
    const to = adminOf({});
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask("health", { to })));
    expect(new Set(answers.map(({ json }) => json.keeper))).toEqual(new Set(["ok"]));
    expect(around.calls).toHaveLength(1);
    // Not for the statistics, which are large.
    expect(around.calls).toEqual([["standing"]]);
  });

  it("reports the package's version", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
    expect(VERSION).toBe(version);
  });
});
