import { benchCommand } from "../../harness/command.ts";
import { describe, thisMachine } from "../../harness/machine.ts";
import { hundredKeys, memoryHit, miss, storeHit, type Table } from "./measure.ts";
import { BUNDLES, bundle, gzipped, peerSizes } from "./size.ts";

export const libraryCommand = benchCommand({
  name: "library",
  description: "The library next to its peers, in one process, in one run",
  args: { quick: { type: "boolean", description: "Fewer rounds", default: false } },
  run: async ({ quick }) => {
    const rounds = quick ? 5 : 21;
    const scale = quick ? 0.2 : 1;
    const tables = [
      await memoryHit({ rounds, operations: 50_000 * scale }),
      await storeHit({ rounds, operations: 10_000 * scale }),
      await miss({ rounds, operations: 5_000 * scale }),
      await hundredKeys({ rounds, operations: 500 * scale }),
    ];
    process.stdout.write(`${describe(thisMachine())}\n\n`);
    for (const table of tables) process.stdout.write(`${asText(table)}\n`);
    process.stdout.write("bundle, minified and gzipped\n");
    for (const [name, bytes] of await sizes())
      process.stdout.write(`  ${name.padEnd(32)} ${(bytes / 1_000).toFixed(1).padStart(8)} KB\n`);
  },
});

async function sizes(): Promise<ReadonlyMap<string, number>> {
  const ours = new Map<string, number>();
  for (const name of Object.keys(BUNDLES) as (keyof typeof BUNDLES)[])
    ours.set(`tidemark, ${name}`, gzipped(await bundle(name)));
  return new Map([...ours, ...(await peerSizes())]);
}

function asText({ what, rows }: Table): string {
  const lines = rows.map(({ name, nanoseconds, ratio }) => {
    const figures =
      nanoseconds === undefined
        ? "—"
        : `${nanoseconds.toFixed(0).padStart(8)} ns ${ratio?.toFixed(2).padStart(8)} ×`;
    return `  ${name.padEnd(32)} ${figures}`;
  });
  return `${what}\n${lines.join("\n")}\n`;
}
