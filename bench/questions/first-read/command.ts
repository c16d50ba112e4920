import { benchCommand, numberOf } from "../../harness/command.ts";
import { describe, thisMachine } from "../../harness/machine.ts";
import { median } from "../../harness/quantile.ts";
import { writeResults } from "../../harness/results.ts";
import { type FirstRead, measureFirstReads, READERS, STATES } from "./measure.ts";

/** A first read takes at most this many times as long as without us. */
const TARGET = 1.3;

export const firstReadCommand = benchCommand({
  name: "first-read",
  description:
    "How long a read takes that meets a keeper or an isolate that has just started, beside a direct read",
  args: {
    distance: { type: "string", description: "Milliseconds to the database and back", default: "200" },
    repeats: { type: "string", description: "How often each is started", default: "5" },
    write: { type: "boolean", description: "Write bench/results/first-read.md", default: false },
  },
  run: async ({ distance, repeats, write }) => {
    const machine = thisMachine();
    const asked = { roundTripMs: numberOf("--distance", distance), repeats: numberOf("--repeats", repeats) };
    const reads = await measureFirstReads(asked, console.error);
    const text = [
      "# The first read",
      `${describe(machine)}; load average ${machine.loadAverage}. The database is ${distance} ms away, and the keeper beside the readers; each was started ${repeats} times. Straight: through a Worker that does nothing else, and has just started if the isolate has.`,
      tableOf(reads),
    ].join("\n\n");
    console.log(text);
    if (write) writeResults("first-read", `${text}\n`);
  },
});

function tableOf(reads: readonly FirstRead[]): string {
  const lines = [
    "| what had just started | reader | straight, ms | through Tidemark, ms | ÷ straight, median | largest | answered by |",
    "| --- | --- | ---: | ---: | ---: | ---: | --- |",
  ];
  for (const state of STATES) {
    for (const reader of READERS) {
      const these = reads.filter((read) => read.state === state && read.reader === reader);
      const ratios = these.map(({ tookMs, straightMs }) => tookMs / straightMs);
      const middle = median(ratios);
      const ends = [...new Set(these.map(({ status }) => status.replace("tidemark; ", "")))].join("; or ");
      const verdict = middle <= TARGET ? "" : ` (target ${TARGET})`;
      lines.push(
        `| ${state} | ${reader} | ${ms(these, "straightMs")} | ${ms(these, "tookMs")} | ${middle.toFixed(2)}${verdict} | ${Math.max(...ratios).toFixed(2)} | ${ends} |`,
      );
    }
  }
  return lines.join("\n");
}

function ms(reads: readonly FirstRead[], of: "tookMs" | "straightMs"): string {
  return Math.round(median(reads.map((read) => read[of]))).toString();
}
