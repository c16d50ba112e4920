import type { Footprint } from "../../../src/postgrest/footprint/footprint.ts";
import { footprintOf } from "../../../src/postgrest/footprint/footprint-of.ts";
import { FootprintIndex } from "../../../src/postgrest/index/footprint-index.ts";
import { parseQuery } from "../../../src/postgrest/query/parse.ts";
import { windowOf } from "../../../src/postgrest/verdict/window.ts";
import { benchCommand } from "../../harness/command.ts";
import { quantile } from "../../harness/quantile.ts";
import { changeOf, SHAPES, schema, storedFootprints, vouched } from "./shop.ts";

/**
 * Registers 1k, 10k and 100k queries of a shop's mixed shapes, and decides changes that each affect about ten of
 * them. Prints the time of a change (median, p99), the heap a query takes, and how long waking up from stored
 * footprints takes. Unflattering on purpose: a tenth of the queries has no equality to be found by.
 */
export const footprintsCommand = benchCommand({
  name: "footprints",
  description: "What the footprint index costs. Needs `node --expose-gc`",
  args: {},
  run: async () => {
    await measureMixedShapes();
    await measureWindows();
    await measureManyShapes();
  },
});

async function measureMixedShapes(): Promise<void> {
  console.log("| registered | affected | median | p99 | heap a query | add all | wake up |");
  console.log("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const count of [1_000, 10_000, 100_000]) {
    const stored = storedFootprints(count);
    // Garbage from creating the input must not be counted as freed by the index.
    await new Promise((resolve) => setTimeout(resolve, 10));
    const before = heap();
    const wakeStart = performance.now();
    const index = new FootprintIndex({ maxWindowBytes: 2 ** 30 });
    for (const [id, text] of stored.entries()) index.add(id, JSON.parse(text) as Footprint);
    const wake = performance.now() - wakeStart;
    const bytes = (heap() - before) / count;
    const parsed = stored.map((text) => JSON.parse(text) as Footprint);
    const addStart = performance.now();
    const again = new FootprintIndex({ maxWindowBytes: 2 ** 30 });
    for (const [id, footprint] of parsed.entries()) again.add(id, footprint);
    const add = performance.now() - addStart;
    const times: number[] = [];
    let affected = 0;
    for (let round = 0; round < 4_000; round += 1) {
      const change = changeOf(3 + ((round * 7919) % (count / SHAPES.length - 3)));
      const start = performance.now();
      const ids = [...index.affected(change)];
      times.push((performance.now() - start) * 1_000);
      affected += ids.length;
    }
    const counted = times.slice(1_000);
    const figures = [
      count,
      (affected / times.length).toFixed(1),
      `${quantile(counted, 0.5).toFixed(1)} µs`,
      `${quantile(counted, 0.99).toFixed(1)} µs`,
      `${bytes.toFixed(0)} B`,
      `${add.toFixed(0)} ms`,
      `${wake.toFixed(0)} ms`,
    ];
    console.log(`| ${figures.join(" | ")} |`);
  }
}

/** Windows come on top of footprints: pages of 20 rows, each with the keys of an embed. */
async function measureWindows(): Promise<void> {
  const search = (n: number) => `select=id,title,reviews(id)&price=gt.${n}&order=at.desc,id.desc&limit=20`;
  const read = (n: number) => ({ schema: "public", relation: "items", search: search(n) });
  const count = 5_000;
  const index = new FootprintIndex({ maxWindowBytes: 2 ** 30 });
  const made = Array.from({ length: count }, (_, n) =>
    footprintOf(read(n), parseQuery("items", search(n)), vouched, schema),
  );
  for (const [id, result] of made.entries()) if ("footprint" in result) index.add(id, result.footprint);
  await new Promise((resolve) => setTimeout(resolve, 10));
  const before = heap();
  const times: number[] = [];
  for (const [id, result] of made.entries()) {
    if (!("footprint" in result)) continue;
    const rows = Array.from({ length: 20 }, (_, n) => ({
      id: id * 20 + n,
      title: "x".repeat(500),
      reviews: [],
    }));
    const body = JSON.stringify(rows);
    const start = performance.now();
    const window = windowOf(result.footprint, body);
    times.push((performance.now() - start) * 1_000);
    if (window !== undefined) index.setWindow(id, window);
  }
  const bytes = (heap() - before) / count;
  console.log(
    `\na window of 20 rows: ${bytes.toFixed(0)} B of heap (${(index.windowBytes / count).toFixed(0)} B by the index's own account); read from a body of 11 KB in ${quantile(times, 0.5).toFixed(0)} µs (median)`,
  );
  if (index.size !== count) throw new Error("some queries have no footprint");
}

/** The worst that strangers can do is to give every query a shape of its own. */
async function measureManyShapes(): Promise<void> {
  const count = 5_000;
  const stored = Array.from({ length: count }, (_, n) => {
    const search = `select=id,a${n}:title&shop_id=eq.${n}`;
    const result = footprintOf(
      { schema: "public", relation: "items", search },
      parseQuery("items", search),
      vouched,
      schema,
    );
    return "footprint" in result ? JSON.stringify(result.footprint) : "";
  });
  // An alias is part of a shape only if it shows a key or a sort column, so sort by it.
  const sorted = stored.map((text, n) => text.replaceAll("title", `title${n}`));
  await new Promise((resolve) => setTimeout(resolve, 10));
  const before = heap();
  const index = new FootprintIndex({ maxWindowBytes: 2 ** 30 });
  for (const [id, text] of sorted.entries()) index.add(id, JSON.parse(text) as Footprint);
  const bytes = (heap() - before) / count;
  const times: number[] = [];
  for (let round = 0; round < 300; round += 1) {
    const start = performance.now();
    const ids = [...index.affected(changeOf(round))];
    times.push((performance.now() - start) * 1_000);
    if (ids.length > 1) throw new Error("too many are affected");
  }
  const median = quantile(times, 0.5);
  console.log(
    `\n${index.shapes} shapes of one query each: ${bytes.toFixed(0)} B of heap, ${median.toFixed(0)} µs a change (median)`,
  );
}

const heap = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};
