import { expect, test } from "vitest";
import type { ShownDeployment } from "../../command/deployed-shape.ts";
import type { Paint } from "../../print/paint.ts";
import { quantileOf } from "./quantile.ts";
import { paceLine, statsLines } from "./stats-lines.ts";
import type { ShownStats } from "./stats-shape.ts";

const plain: Paint = (_colour, text) => text;
const NOW = new Date("2026-11-28T12:00:00Z");
const table = { hits: 0, stale: 0, misses: 0, errors: 0, originRequests: 0, invalidations: 0, bypasses: {} };

const stats: ShownStats = {
  hits: 9_000,
  stale: 100,
  misses: 400,
  signedInHits: 0,
  bypasses: 500,
  errors: 0,
  originRequests: 900,
  hitRatio: 0.91,
  kvReads: 12,
  kvWrites: 3,
  owedKvWrites: 1,
  changes: 7,
  invalidations: 21,
  keys: 5,
  registryBytes: 1_234_567,
  evictions: 0,
  audits: 10,
  auditDifferences: 0,
  shadowReads: 0,
  shadowWrong: 0,
  proven: true,
  schemaState: "known",
  pulling: { lastAgo: 900, failure: null, pruneFailure: null, isFailing: false },
  lags: { pulled: [], learned: [{ atMostMs: 1_000, count: 4 }] },
  mode: "on",
  since: "2026-11-28T09:00:00.000Z",
};

const gateway = "https://cache.example.com";
const lines = (changed: Partial<ShownStats> = {}, deployed?: ShownDeployment) =>
  statsLines({ stats: { ...stats, ...changed }, deployed, gateway, now: NOW }, plain).join("\n");

test("says where, in which mode and for how long it has counted", () => {
  expect(lines()).toMatch(
    /^https:\/\/cache\.example\.com {2}mode on {2}since 2026-11-28 09:00 UTC \(3 h\)\n/,
  );
});

test("shows what only newer gateways tell", () => {
  const newer = lines({
    details: { memory: 7_700, verified: 300, kv: 1_000, keeper: 0, revalidating: 100, "uri-miss": 400 },
    bypassReasons: { cookie: 20, "table-not-configured": 480 },
    waits: [
      { atMostMs: 2, count: 99 },
      { atMostMs: 50, count: 0 },
      { atMostMs: null, count: 1 },
    ],
    waitsBy: {
      hit: [
        { atMostMs: 2, count: 99 },
        { atMostMs: null, count: 0 },
      ],
      miss: [
        { atMostMs: 2, count: 0 },
        { atMostMs: null, count: 1 },
      ],
      error: [{ atMostMs: 2, count: 0 }],
    },
    kvBudget: { spent: 3, perDay: 900, resetsAt: "2026-11-29T00:00:00.000Z" },
    tables: {
      "public.tags": { ...table, hits: 1, misses: 1 },
      "public.articles": {
        ...table,
        hits: 8,
        stale: 1,
        bypasses: { cookie: 2, "other-key": 1 },
        invalidations: 4,
      },
    },
  });
  expect(newer).toMatch(/^hits +9,000 +90\.0 % {2}memory 7,700, kv 1,000, verified 300$/m);
  expect(newer).toMatch(/^bypasses +500 +5\.0 % {2}table-not-configured 480, cookie 20$/m);
  expect(newer).toMatch(/^readers waited +p50 ≤ 2 ms, p99 ≤ 2 ms \(hit ≤ 2 ms, miss > 2 ms\)$/m);
  expect(newer).toMatch(/^Workers KV +12 reads, 3 writes, 1 waiting, 3 of 900 a day spent$/m);
  // The most read table is first.
  expect(newer).toMatch(
    /^public\.articles +8 +1 +0 +3 +0 +75\.0 % +4 +cookie 2, other-key 1\npublic\.tags +1 +0 +1 +0 +0 +50\.0 % +0/m,
  );
});

test("says how mirrors do, and by region what they have done", () => {
  const deployed = { tables: { "public.a": { freshnessMs: 1_000 } }, mirrors: { perRegion: 1 }, issues: [] };
  const [hit, miss] = [99, 1].map((count) => [{ atMostMs: 2, count }]);
  const calls = { failed: 0, leftAlone: 0 };
  const told = lines(
    {
      isolates: 40,
      mirrors: {
        weur: {
          ...calls,
          mirrors: 1,
          answered: 129_000,
          keeperCalls: 9_000,
          waitsBy: { hit, miss } as never,
        },
        oc: { ...calls, mirrors: 1, answered: 600, keeperCalls: 72, waitsBy: {} },
      },
    },
    deployed,
  );
  expect(told).toMatch(/^mirrors answer 93 % of 12 calls a second without the keeper, in 2 regions$/m);
  expect(told).toMatch(
    /^weur +1 +129,000 +0 +0 +9,000 +100 +99\.0 % {2}hit ≤ 2 ms, miss ≤ 2 ms\noc +1 +600 +0 +0 +72 +0 +- *$/m,
  );
});

test("says when mirrors are not bound, and when the keeper alone is asked too often; else nothing of mirrors", () => {
  const tables = { "public.a": { freshnessMs: 1_000 } };
  const unbound = { tables, mirrors: null, issues: [{ path: "MIRROR", fix: "Add it" }] };
  expect(lines({ isolates: 4 }, unbound)).toMatch(
    /^mirrors are configured, but MIRROR is not bound: the keeper answers every call\n {2}Add it$/m,
  );
  const without = { tables, mirrors: null, issues: [] };
  expect(lines({ isolates: 400 }, without)).toMatch(
    /^400 busy isolates ask up to 800 times a second; one keeper takes about 1000\n {2}.*docs\/mirrors\.md$/m,
  );
  expect(lines({ isolates: 4, mirrors: {} }, without)).not.toMatch(/mirror/);
});

test("says how changes come, and what fails", () => {
  expect(lines()).toMatch(/^changes +7; 21 invalidations; pulled 900 ms ago$/m);
  expect(lines({ pulling: null })).toMatch(/; from webhooks, schema known$/m);
  const failure = { code: "database", message: "no\nfunction", since: "" };
  expect(lines({ pulling: { lastAgo: null, failure, pruneFailure: null, isFailing: true } })).toMatch(
    /; failing: database: no\\u\{a\}function$/m,
  );
});

test("a gateway that nobody has read has no shares", () => {
  expect(lines({ hits: 0, stale: 0, misses: 0, bypasses: 0 })).toMatch(/^all +0$/m);
});

test("a quantile is the bound of its class", () => {
  const histogram = [
    { atMostMs: 10, count: 50 },
    { atMostMs: 2_000, count: 49 },
    { atMostMs: null, count: 1 },
  ];
  expect([0.5, 0.51, 0.99, 1].map((share) => quantileOf(histogram, share))).toEqual([
    "≤ 10 ms",
    "≤ 2 s",
    "≤ 2 s",
    "> 2 s",
  ]);
  expect(quantileOf([], 0.5)).toBe("-");
});

test("the pace is what was counted between two looks; a reset is no negative pace", () => {
  const after = { ...stats, hits: 9_030, changes: 8 };
  expect(paceLine(stats, after, 2_000)).toBe(
    "a second: 15.0 hits, 0.0 stale, 0.0 misses, 0.0 bypasses, 0.0 errors; 0.0 to the database; 0.5 changes",
  );
  expect(paceLine(after, stats, 2_000)).toContain("0.0 hits");
});
