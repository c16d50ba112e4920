import { expect, test } from "vitest";
import { TableUsage } from "./table-usage.ts";
import { UsageReporter } from "./usage.ts";

const ENDS = ["hit:memory", "miss:uri-miss"];

function reporter(): UsageReporter {
  const made = new UsageReporter(new TableUsage(["public.a"], ENDS));
  made.count("hits");
  made.read("key");
  made.invoked();
  made.tables.add("public.a", 0, 2);
  made.tables.add("public.b", 1);
  made.tables.add(null, 1, 3);
  made.waits.hit.add(0);
  made.waits.miss.add(40_000);
  made.proofAges.add(1_500);
  return made;
}

test("reports by table and class, and begins anew", () => {
  const made = reporter();
  const report = made.take();
  expect(report).toMatchObject({ counts: { hits: 1, misses: 0 }, keysRead: ["key"] });
  expect(report?.detailed).toMatchObject({
    workerRequests: 1,
    tables: { "public.a": { "hit:memory": 2 }, other: { "miss:uri-miss": 4 } },
    waits: { sumMs: 40_000 },
    waitsBy: { hit: { sumMs: 0 }, miss: { sumMs: 40_000 } },
    proofAges: { sumMs: 1_500 },
  });
  expect(report?.detailed?.waits.counts.at(0)).toBe(1);
  expect(report?.detailed?.waits.counts.at(-1)).toBe(1);
  expect(Object.keys(report?.detailed?.waitsBy ?? {})).toEqual(["hit", "miss"]);
  expect(made.take()).toBeNull();
});

test("loses nothing when the call that carries a report fails", () => {
  const made = reporter();
  const first = made.take();
  made.putBack(first);
  expect(made.take()).toEqual(first);
  made.putBack(first);
  made.count("hits");
  made.waits.hit.add(0);
  const both = made.take();
  expect(both?.counts.hits).toBe(2);
  expect(both?.detailed?.waits.counts[0]).toBe(2);
});

test("M7. calls of the mirror near by ride along, and what is read later is near it, too", () => {
  const made = reporter();
  made.near("oc-0", "failed");
  made.near("oc-0", "answered");
  made.near("oc-0", "answered");
  const near = { name: "oc-0", answered: 2, failed: 1, leftAlone: 0 };
  const first = made.take();
  expect(first?.near).toEqual(near);
  made.near("oc-0", "leftAlone");
  // They alone are not worth a call of the keeper.
  expect(made.take()).toBeNull();
  made.putBack(first);
  expect(made.take()?.near).toEqual({ ...near, leftAlone: 1 });
  made.count("hits");
  expect(made.take()?.near).toEqual({ name: "oc-0", answered: 0, failed: 0, leftAlone: 0 });
  expect(reporter().take()).not.toHaveProperty("near");
});

test("requests of other kinds wait for a report of reads, but are told to whoever asks", () => {
  const made = new UsageReporter();
  for (let n = 0; n < 1_000; n++) made.invoked();
  expect(made.pending).toBe(0);
  expect(made.take()?.detailed?.workerRequests).toBe(1_000);
});
