/** Prints the table of the registry's memory: `node --expose-gc table.ts <times as many keys>`. */
import { measure } from "./measure.ts";
import { PERSONAL_CLASSES } from "./personal-reads.ts";
import { CLASSES } from "./reads.ts";

const { gc } = globalThis;
if (gc === undefined) throw new Error("run it by node --expose-gc");
const times = Number(process.argv[2]);

console.log("| class | bytes a key | counted | counted ÷ taken | keys | coarse |");
console.log("| --- | --- | --- | --- | --- | --- |");
for (const each of [...CLASSES, ...PERSONAL_CLASSES]) {
  // More keys for short reads, or V8's other allocations would show.
  const keys = Math.round(times * Math.min(400, Math.max(60, 100_000 / each.read(0).key.length)));
  const { taken, counted, coarse } = measure(each, keys, () => gc());
  const perKey = (bytes: number) => Math.round(bytes / keys).toLocaleString("en");
  console.log(
    `| ${each.name} | ${perKey(taken)} | ${perKey(counted)} | ${(counted / taken).toFixed(1)} | ${keys} | ${coarse} |`,
  );
}
