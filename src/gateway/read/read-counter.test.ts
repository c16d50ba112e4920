import { expect, test } from "vitest";
import { TableUsage } from "../../fence/table-usage.ts";
import { UsageReporter } from "../../fence/usage.ts";
import { readOf } from "../../keeper/testing/fixtures.ts";
import { BYPASS_REASONS, type BypassReason, type ReadOutcome } from "../http/outcome.ts";
import { READ_ENDS } from "../http/read-ends.ts";
import { HIT, miss } from "../reader/read-outcomes.ts";
import { ReadCounter } from "./read-counter.ts";

const READ = readOf("a", "public.articles");

function bench() {
  const reporter = new UsageReporter(new TableUsage(["public.articles"], READ_ENDS));
  const reader = { looks: 0, syncs: 0 };
  const counter = new ReadCounter(reporter, {
    now: () => {
      reader.looks++;
      return 100;
    },
    learn: () => {
      reader.syncs++;
    },
  });
  const request = (startedAt: number | null, table: string | null = "public.articles") => ({
    anchor: () => {},
    startedAt,
    classified: { kind: "bypass", reason: "cookie", table } as const,
  });
  return { reporter, reader, counter, request };
}

test("each way in which a read can end has a counter of its own", () => {
  const { reporter, counter, request } = bench();
  const outcomes: readonly ReadOutcome[] = [
    ...Object.values(HIT),
    ...[miss(false, false), miss(true, false), miss(false, true)],
    { kind: "error", reason: "timeout" },
    { kind: "error", reason: "unreachable" },
  ];
  for (const outcome of outcomes) counter.answered(outcome, READ, request(null));
  const reasons = Object.keys(BYPASS_REASONS) as BypassReason[];
  for (const reason of reasons) counter.bypassed(reason, request(null));
  counter.asksOrigin(request(null));
  const { counts, detailed } = reporter.take() ?? {};
  const ends = detailed?.tables["public.articles"] ?? {};
  expect(Object.keys(ends).sort()).toEqual(READ_ENDS.filter((end) => end !== "signed-in").sort());
  expect(new Set(Object.values(ends))).toEqual(new Set([1]));
  expect(counts).toMatchObject({ hits: 5, stale: 3, misses: 3, errors: 2, bypasses: reasons.length });
});

test("a hit at once costs no look at the clock; whoever waits is timed", () => {
  const { reporter, reader, counter, request } = bench();
  counter.answered(HIT.memory, READ, request(null));
  expect(reader.looks).toBe(0);
  counter.answered(HIT.kv, READ, request(58));
  expect(reader.looks).toBe(1);
  counter.bypassed("cookie", request(70));
  const { waits, waitsBy } = reporter.take()?.detailed ?? {};
  expect(waits?.sumMs).toBe(72);
  expect(waitsBy).toMatchObject({ hit: { sumMs: 42 }, bypass: { sumMs: 30 } });
  expect(Object.keys(waitsBy ?? {})).toEqual(["hit", "bypass"]);
});

test("what is not configured is counted together", () => {
  const { reporter, counter, request } = bench();
  counter.bypassed("table-not-configured", request(null, null));
  counter.bypassed("table-not-configured", request(null, "public.unknown"));
  expect(reporter.take()?.detailed?.tables).toEqual({ other: { "bypass:table-not-configured": 2 } });
});

test("many counts do not wait for a call that somebody else needs", () => {
  const { reader, counter, request } = bench();
  for (let n = 0; n < 200; n++) counter.answered(HIT.memory, READ, request(null));
  expect(reader.syncs).toBe(0);
  counter.answered(HIT.memory, READ, request(null));
  expect(reader.syncs).toBe(1);
});
