/**
 * What the keeper's registry takes of memory, by its own count and by V8's, for reads of kinds that take much.
 *
 *   node --expose-gc bench/registry.ts [times as many keys]
 */
import { measure } from "./registry/measure.ts";
import { CLASSES } from "./registry/reads.ts";

const { gc } = globalThis;
if (gc === undefined) throw new Error("run it by node --expose-gc");
const times = Number(process.argv[2] ?? 1);

console.log(
  "| class | bytes a key | counted | counted ÷ taken | keys | coarse |\n| --- | --- | --- | --- | --- | --- |",
);
for (const each of CLASSES) {
  // Of short ones many: what V8 takes by the way would be seen.
  const keys = Math.round(times * Math.min(400, Math.max(60, 100_000 / each.read(0).key.length)));
  const { taken, counted, coarse } = measure(each, keys, () => gc());
  const perKey = (bytes: number) => Math.round(bytes / keys).toLocaleString("en");
  console.log(
    `| ${each.name} | ${perKey(taken)} | ${perKey(counted)} | ${(counted / taken).toFixed(1)} | ${keys} | ${coarse} |`,
  );
}
