/**
 * What the keeper's registry takes of memory, by its own count and by V8's, for reads of kinds that take much.
 *
 *   node --expose-gc bench/registry.ts [keys]
 */
import { measure } from "./registry/measure.ts";
import { CLASSES } from "./registry/reads.ts";

const { gc } = globalThis;
if (gc === undefined) throw new Error("run it by node --expose-gc");
const keys = Number(process.argv[2] ?? 200);

console.log("| class | bytes a key | counted | counted ÷ taken | coarse |\n| --- | --- | --- | --- | --- |");
for (const each of CLASSES) {
  const { taken, counted, coarse } = measure(each, keys, () => gc());
  const perKey = (bytes: number) => Math.round(bytes / keys).toLocaleString("en");
  console.log(
    `| ${each.name} | ${perKey(taken)} | ${perKey(counted)} | ${(counted / taken).toFixed(1)} | ${coarse} |`,
  );
}
