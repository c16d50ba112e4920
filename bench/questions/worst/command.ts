import { Random } from "../../../testing/random.ts";
import { benchCommand } from "../../harness/command.ts";
import { Genes } from "./genes.ts";
import { KINDS } from "./kinds.ts";
import { type Measured, measure, processorMs } from "./measure.ts";
import type { Kind } from "./scenario.ts";

/**
 * Registers queries, ingests a page of 500 changes, and climbs from what is slow to what is slower: queries and changes
 * are made from genes, of which a few are altered at a time. Prints the worst of each kind, and how many nanoseconds a
 * counted step takes: a kind whose steps take much longer than others' does work that is not counted.
 */
export const worstCommand = benchCommand({
  name: "worst",
  description:
    "The longest ingest that strangers' queries and changes can cause. Steadier under `node --expose-gc`. Exits with 1 beyond --limit",
  args: {
    seconds: {
      type: "positional",
      description: "Seconds of search for each kind",
      default: "10",
      required: false,
    },
    seed: { type: "positional", description: "Seed; random if absent", required: false },
    keys: {
      type: "string",
      description: "Registered queries; the default of limits.maxKeys",
      default: "20000",
    },
    only: { type: "string", description: "One kind, such as json" },
    limit: { type: "string", description: "Milliseconds", default: "200" },
  },
  run: async ({ seconds, seed, keys, only, limit }) => {
    const slowest = searchAll(
      {
        seconds: Number(seconds),
        seed: Number(seed ?? Math.floor(Math.random() * 2 ** 30)),
        keys: Number(keys),
      },
      only,
    );
    process.exitCode = slowest > Number(limit) ? 1 : 0;
  },
});

interface Search {
  /** Of processor time, for each kind. */
  readonly seconds: number;
  readonly seed: number;
  readonly keys: number;
}

interface Found {
  readonly genes: Genes;
  readonly measured: Measured;
}

const total = ({ pageMs, ingestMs }: Measured) => pageMs + ingestMs;

/** The better of two, to leave out the machine's other work. */
function surely(kind: Kind, genes: Genes, count: number): Measured {
  const times = [measure(kind(genes), count), measure(kind(genes), count)].filter(
    (each) => each !== undefined,
  );
  return times.sort((a, b) => total(a) - total(b))[0] as Measured;
}

/** Climbs with few keys, because registering takes longest, and measures the result with all keys. */
function search(
  kind: Kind,
  { seconds, seed, keys }: Search,
): { worst: Found | undefined; dearest: Found | undefined; tries: number } {
  const random = new Random(seed);
  const few = Math.ceil(keys / 10);
  const until = processorMs() + seconds * 1_000;
  let worst: Found | undefined;
  let dearest: Found | undefined;
  let tries = 0;
  while (processorMs() < until || (worst === undefined && tries < 100)) {
    // Sometimes restarts elsewhere, or the search would end on the first hill.
    const from = random.next() < 0.5 ? worst : dearest;
    const genes = from === undefined || random.next() < 0.25 ? new Genes(random) : from.genes.mutated();
    const measured = measure(kind(genes), few);
    tries += 1;
    // The first are slow: nothing is compiled yet.
    if (measured === undefined || tries < 3) continue;
    if (worst === undefined || total(measured) > total(worst.measured)) {
      const sure = surely(kind, genes, few);
      if (worst === undefined || total(sure) > total(worst.measured)) worst = { genes, measured: sure };
    }
    // With few steps, the rest of an ingest dominates.
    if (measured.steps < 1_000_000) continue;
    if (dearest === undefined || perStep(measured) > perStep(dearest.measured)) {
      const sure = surely(kind, genes, few);
      if (dearest === undefined || perStep(sure) > perStep(dearest.measured))
        dearest = { genes, measured: sure };
    }
  }
  const full = (found: Found | undefined) => found && { ...found, measured: surely(kind, found.genes, keys) };
  return { worst: full(worst), dearest: full(dearest), tries };
}

const perStep = ({ ingestMs, steps }: Measured) => (ingestMs * 1e6) / steps;

/** Prints a row for each kind. Returns the milliseconds of the slowest ingest, including its page. */
function searchAll(options: Search, only: string | undefined): number {
  const { seconds, seed, keys } = options;
  console.log(`${keys} keys, seed ${seed}, ${seconds} s a kind`);
  console.log("| kind | tries | worst, ms | of it the page | steps | coarse | affected | most ns a step |");
  console.log("| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |");
  let slowest = 0;
  const details: string[] = [];
  for (const [name, kind] of Object.entries(KINDS)) {
    if (only !== undefined && only !== name) continue;
    const { worst, dearest, tries } = search(kind, options);
    if (worst === undefined) continue;
    const { measured, genes } = worst;
    slowest = Math.max(slowest, total(measured));
    const dear = dearest === undefined ? "" : perStep(dearest.measured).toFixed(1);
    const cells = [
      ...[name, tries, total(measured).toFixed(0), measured.pageMs.toFixed(0), measured.steps],
      ...[measured.isCoarse ? "yes" : "no", measured.affected, dear],
    ];
    console.log(`| ${cells.join(" | ")} |`);
    details.push(`${name}: ${genes}${dearest === undefined ? "" : `\n  dearest steps: ${dearest.genes}`}`);
  }
  console.log(`\n${details.join("\n")}\n\nslowest: ${slowest.toFixed(0)} ms`);
  return slowest;
}
