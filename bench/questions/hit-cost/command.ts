import { resolve } from "node:path";
import { benchCommand, listOf } from "../../harness/command.ts";
import { describe, thisMachine } from "../../harness/machine.ts";
import { writeResults } from "../../harness/results.ts";
import { measureBeside } from "./beside.ts";
import { besideAsText, besideFigures } from "./beside-report.ts";
import { measureWorkers } from "./in-workerd.ts";
import type { Effort } from "./measure.ts";
import { asMarkdown, asText, headingOf, type Report, verdicts } from "./report.ts";
import { compareSignedIn } from "./signed-in/compare.ts";
import { signedInAsMarkdown, signedInAsText, signedInVerdicts } from "./signed-in/report.ts";
import { compareClients } from "./supabase-js/compare.ts";
import { comparisonAsText } from "./supabase-js/report.ts";

const WARM_UP_MS = 400;

export const hitCostCommand = benchCommand({
  name: "hit-cost",
  description:
    "What a hit costs: the gateway next to Workers that do less, in one workerd, and supabase-js with and without it. " +
    "Exits with 1 only for wrong answers",
  args: {
    full: {
      type: "boolean",
      description: "The long form: 1, 20 and 500 KB, 21 rounds of 400 ms; some eight minutes",
      default: false,
    },
    sizes: { type: "string", description: "Kilobytes of the bodies, separated by commas (20)" },
    rounds: { type: "string", description: "Rounds; ratios are taken inside each (7)" },
    slice: { type: "string", description: "Milliseconds of load that count, per case and round (300)" },
    connections: { type: "string", description: "Keep-alive connections", default: "16" },
    keys: { type: "string", description: "Different queries, used in turn", default: "32" },
    only: { type: "string", description: "signed-in: nothing but hits of readers with a session" },
    before: {
      type: "string",
      description: "The path of another checkout: its memory hits, in turn with these",
    },
    write: {
      type: "boolean",
      description: "Write bench/results/hit-cost.json and .md; of signed-in, hit-cost-signed-in.md",
      default: false,
    },
  },
  run: ({ full, sizes, rounds, slice, connections, keys, only, before, write }) =>
    measureHits(
      {
        sizes: listOf(sizes ?? (full ? "1,20,500" : "20")).map((size) => wholeNumber("--sizes", size)),
        keys: wholeNumber("--keys", keys),
        effort: {
          rounds: wholeNumber("--rounds", rounds ?? (full ? "21" : "7")),
          sliceMs: wholeNumber("--slice", slice ?? (full ? "400" : "300")),
          warmUpMs: WARM_UP_MS,
          connections: wholeNumber("--connections", connections),
        },
      },
      { only, before, write },
    ),
});

interface Wanted {
  readonly only: string | undefined;
  readonly before: string | undefined;
  readonly write: boolean;
}

interface Options {
  readonly sizes: readonly number[];
  readonly keys: number;
  readonly effort: Effort;
}

async function measureHits(options: Options, { only, before, write }: Wanted): Promise<void> {
  if (only !== undefined && only !== "signed-in") throw new Error(`--only takes signed-in, not ${only}`);
  const { keys, effort } = options;
  const machine = thisMachine();
  const at = new Date().toISOString();
  console.log(
    `${describe(machine)}\n${effort.connections} connections, ${keys} keys, load average ${machine.loadAverage}\n`,
  );
  if (before !== undefined) return compareWith(resolve(before), options);
  const signedIn = await compareSignedIn(options, (text) => console.error(`signed in: ${text}`));
  console.log(`${signedInAsText(signedIn)}\n`);
  for (const sentence of signedInVerdicts(signedIn)) console.log(sentence);
  if (only !== undefined) {
    const heading = headingOf("Hits of readers who sign in", { machine, at, effort: { ...effort, keys } });
    const markdown = `${[...heading, signedInAsMarkdown(signedIn)].join("\n\n")}\n`;
    if (write) writeResults("hit-cost-signed-in", markdown);
    return failIf(signedIn.cases.some(({ wrong }) => wrong > 0));
  }
  const figures = await measureWorkers(options, console.error, (ofSize, asked) =>
    console.log(`${asText(ofSize)}\n${asked}\n`),
  );
  // Half as many rounds are enough: the difference is several times.
  const ofClients = { rounds: Math.ceil(effort.rounds / 2), sliceMs: effort.sliceMs };
  const supabaseJs = await compareClients(ofClients, (text) => console.error(`supabase-js: ${text}`));
  console.log(`${comparisonAsText(supabaseJs)}\n`);

  for (const sentence of verdicts(figures)) console.log(sentence);
  const report = { machine, at, effort: { ...effort, keys }, sizes: figures, supabaseJs, signedIn };
  if (write) {
    writeResults("hit-cost", asMarkdown(report), report);
    console.log("Written to bench/results/hit-cost.json and .md.");
  }
  failIf(hasWrong(report));
}

async function compareWith(before: string, options: Options): Promise<void> {
  const measured = await measureBeside(before, options, console.error);
  console.log(besideAsText([...measured].map(([kilobytes, rounds]) => besideFigures(kilobytes, rounds))));
  const wrong = [...measured.values()].flat().flatMap(({ now, before }) => [now, before]);
  failIf(wrong.some((result) => result.wrong > 0));
}

function failIf(isWrong: boolean): void {
  if (!isWrong) return;
  console.error("Some answers were wrong: these figures mean nothing.");
  process.exitCode = 1;
}

function hasWrong({ sizes, supabaseJs, signedIn }: Report): boolean {
  const ofSizes = sizes.flatMap(({ cases }) => Object.values(cases));
  return [...ofSizes, ...supabaseJs.routes, ...signedIn.cases].some(({ wrong }) => wrong > 0);
}

function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`${flag} takes whole numbers from 1 on, not ${JSON.stringify(text)}`);
}
