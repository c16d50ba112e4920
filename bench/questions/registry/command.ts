import { benchCommand } from "../../harness/command.ts";
import { measure } from "./measure.ts";
import { CLASSES } from "./reads.ts";

export const registryCommand = benchCommand({
  name: "registry",
  description:
    "What the keeper's registry takes of memory, by its own count and by V8's, for reads of kinds that take much. " +
    "Needs `node --expose-gc`",
  args: { times: { type: "positional", description: "Times as many keys", default: "1", required: false } },
  run: async ({ times }) => {
    const { gc } = globalThis;
    if (gc === undefined) throw new Error("run it by node --expose-gc");
    console.log("| class | bytes a key | counted | counted ÷ taken | keys | coarse |");
    console.log("| --- | --- | --- | --- | --- | --- |");
    for (const each of CLASSES) {
      // More keys of short reads: what else V8 allocates would be seen.
      const keys = Math.round(Number(times) * Math.min(400, Math.max(60, 100_000 / each.read(0).key.length)));
      const { taken, counted, coarse } = measure(each, keys, () => gc());
      const perKey = (bytes: number) => Math.round(bytes / keys).toLocaleString("en");
      console.log(
        `| ${each.name} | ${perKey(taken)} | ${perKey(counted)} | ${(counted / taken).toFixed(1)} | ${keys} | ${coarse} |`,
      );
    }
  },
});
