import { fileURLToPath } from "node:url";
import { CAPTURE_SECRET, captureToken } from "../../../../demo/capture.ts";
import { type Gateway, startGateway } from "../../../../demo/workerd.ts";
import { benchCommand, numberOf } from "../../../harness/command.ts";
import { Child } from "../../../harness/load/child.ts";
import { workerdPid } from "../../../harness/load/cpu.ts";
import { thisMachine } from "../../../harness/machine.ts";
import { writeResults } from "../../../harness/results.ts";
import type { SiteState } from "../database/origin.ts";
import { PUBLISHABLE_KEY } from "../database/site.ts";
import { FLOODS } from "./floods.ts";
import { flood } from "./measure.ts";
import { asMarkdown, type FloodFigures, isHarmful } from "./report.ts";

export const tokensCommand = benchCommand({
  name: "tokens",
  description:
    "What a token that nobody knows costs the database, the keeper and workerd, beside a gateway without audiences. " +
    "Exits with 1 if a forged or ended token gets a hit, or an answer below 400",
  args: {
    reads: { type: "string", description: "Reads of each flood (500; 2000 with --full)" },
    full: { type: "boolean", description: "The long form", default: false },
    write: { type: "boolean", description: "Write bench/results/tokens.json and .md", default: false },
  },
  run: async ({ full, write, ...flags }) => {
    const reads = numberOf("--reads", flags.reads ?? (full ? "2000" : "500"));
    const machine = thisMachine();
    const at = new Date().toISOString();
    const floods = await measureFloods(reads);
    const report = { machine, at, floods };
    process.stdout.write(asMarkdown(report));
    if (write) writeResults("tokens", asMarkdown(report), report);
    if (floods.some(isHarmful)) process.exitCode = 1;
  },
});

/** Each flood through both gateways, which share one workerd and one database. */
async function measureFloods(reads: number): Promise<FloodFigures[]> {
  const site = new Child<object, SiteState>(new URL("../database/origin.ts", import.meta.url));
  let gateway: Gateway | undefined;
  try {
    const { url } = await site.ask({});
    gateway = await startGateway({
      env: {
        SUPABASE_URL: url,
        SUPABASE_PUBLISHABLE_KEY: PUBLISHABLE_KEY,
        TIDEMARK_CAPTURE_SECRET: CAPTURE_SECRET,
        TIDEMARK_CAPTURE_TOKEN: captureToken(),
      },
      entry: moduleOf("with"),
      isolates: ["gateway"],
      peers: { without: moduleOf("without") },
    });
    const operations = async () => (await site.ask({})).operations;
    const common = { pid: workerdPid(), operations };
    const [own, other] = [gateway.url, gateway.urlOf("without")];
    const figures: FloodFigures[] = [];
    for (const kind of FLOODS) {
      process.stderr.write(`${kind.name}\n`);
      const without = await flood(kind, reads, { ...common, gateway: other });
      figures.push({
        name: kind.name,
        with: await flood(kind, reads, { ...common, gateway: own }),
        without,
      });
    }
    return figures;
  } finally {
    await gateway?.stop();
    await site.stop();
  }
}

function moduleOf(worker: string): string {
  return fileURLToPath(new URL(`workers/${worker}.ts`, import.meta.url));
}
