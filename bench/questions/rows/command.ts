import { benchCommand, listOf, numberOf } from "../../harness/command.ts";
import { thisMachine } from "../../harness/machine.ts";
import { deliver } from "../../harness/results.ts";
import { askShare } from "../../harness/share.ts";
import type { Blog, Bodies } from "./blog/schema.ts";
import { type HitFigures, measureHits, middleOf } from "./hit.ts";
import { asMarkdown, type Report } from "./report.ts";
import { type CourseFigures, run } from "./run.ts";
import { faultsOf } from "./targets.ts";

const BLOG: Omit<Blog, "bodies"> = { posts: 300, authors: 30 };
const OUTSIDE_SHARE = 0.2;
const ISOLATES = 4;
const PROCESSES = 7;
const ISOLATE_LIVES_SECONDS = 900;

export const rowsCommand = benchCommand({
  name: "rows",
  description:
    "Loads of a blog on D1: by rows, tags, hooks by table and time, beside a clairvoyant's, along one trace in virtual time. " +
    "Exits with 1 only if an answer is older than promised, or never was true",
  args: {
    minutes: { type: "string", description: "Minutes of the trace (20; 120 with --full)" },
    rate: { type: "string", description: "Requests a second, reads and writes together", default: "10" },
    writes: { type: "string", description: "Shares of writes (0.01; 0.001,0.01,0.05 with --full)" },
    places: { type: "string", description: "In how many places the isolates are", default: "1,2" },
    seed: { type: "string", description: "Seed of the trace", default: "20261128" },
    only: { type: "string", description: "Of trace and hit", default: "trace,hit" },
    other: {
      type: "string",
      description: "The folder of another checkout, whose hits are measured, too",
      default: "",
    },
    full: { type: "boolean", description: "All shares of writes, two hours each", default: false },
    write: { type: "boolean", description: "Write bench/results/rows.json and .md", default: false },
  },
  run: async ({ minutes, rate, writes, places, seed, only, other, full, write }) => {
    const machine = thisMachine();
    const takenAt = new Date().toISOString();
    const parts = listOf(only);
    const courses: CourseFigures[] = [];
    const common = {
      seconds: 60 * numberOf("--minutes", minutes ?? (full ? "120" : "20")),
      rate: numberOf("--rate", rate),
      seed: numberOf("--seed", seed),
      ...{ outsideShare: OUTSIDE_SHARE, isolates: ISOLATES, isolateLivesSeconds: ISOLATE_LIVES_SECONDS },
    };
    const shares = listOf(writes ?? (full ? "0.001,0.01,0.05" : "0.01"));
    for (const bodies of parts.includes("trace") ? (["in posts", "apart"] satisfies Bodies[]) : [])
      for (const where of listOf(places))
        for (const share of shares) {
          const begun = performance.now();
          const course = {
            ...common,
            blog: { ...BLOG, bodies },
            places: numberOf("--places", where),
            writeShare: numberOf("--writes", share),
          };
          courses.push(await run(course));
          const took = ((performance.now() - begun) / 1_000).toFixed(0);
          process.stderr.write(`bodies ${bodies}, ${where} places, ${share} writes: ${took} s\n`);
        }
    const hits = parts.includes("hit") ? await allHits(full, other) : [];
    const report: Report = { machine, takenAt, courses, hits };
    deliver("rows", { text: asMarkdown(report), report, faults: faultsOf(courses), write });
  },
});

/** Each comparison has processes of its own. */
async function allHits(full: boolean, other: string): Promise<readonly HitFigures[]> {
  const rounds = full ? "2000" : "500";
  const ask = async (folder: string) => {
    const processes: (readonly HitFigures[])[] = [];
    for (let seed = 0; seed < PROCESSES; seed++) {
      const flags = ["--rounds", rounds, "--seed", String(seed), "--other", folder];
      processes.push(await askShare<readonly HitFigures[]>("rows-hits", flags));
    }
    return middleOf(processes);
  };
  return [...(await ask("")), ...(other === "" ? [] : await ask(other))];
}

/** What `rows` asks of another process. */
export const rowsHitsCommand = benchCommand({
  name: "rows-hits",
  description: "Memory hits with `reads` and without, or by another checkout. Run by `rows`",
  args: {
    rounds: { type: "string", description: "Rounds, in which candidates take turns", default: "1000" },
    seed: { type: "string", description: "In which order caches are made", default: "0" },
    other: { type: "string", description: "The folder of another checkout", default: "" },
  },
  run: async ({ rounds, seed, other }) => {
    const effort = { rounds: numberOf("--rounds", rounds), seed: numberOf("--seed", seed), other };
    const figures = await measureHits(effort);
    if (process.send === undefined) process.stdout.write(`${JSON.stringify(figures, null, 1)}\n`);
    else process.send(figures);
  },
});
