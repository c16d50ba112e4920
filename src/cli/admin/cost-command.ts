import { defineCommand } from "citty";
import { type Cost, type CostLine, costAtPace, LEAST_COUNTED_MS } from "../../cost/cost.ts";
import { PAID_PLAN_DOLLARS, PRICES } from "../../cost/prices.ts";
import { CommandError } from "../command/command-error.ts";
import { strictFlags } from "../command/strict-flags.ts";
import { type Paint, paintFor } from "../print/paint.ts";
import { countOf, dollarsOf, durationOf, percentOf } from "../print/quantities.ts";
import { type Column, tableLines } from "../print/table.ts";
import { adminClient, GATEWAY_FLAG, printJson, printLines } from "./admin-client.ts";
import { statsShape } from "./stats/stats-shape.ts";

const args = {
  gateway: GATEWAY_FLAG,
  json: { type: "boolean", description: "For scripts: the computed cost, with sources" },
} as const;

/** `tidemark cost`: what the gateway has used since `since`, carried on to a day and a month, by Cloudflare's prices. */
export const costCommand = defineCommand({
  meta: { name: "cost", description: "What the gateway costs, by Cloudflare's prices" },
  args,
  plugins: [strictFlags("cost", args)],
  async run({ args }) {
    const client = adminClient(args.gateway);
    const { operations, kvBudget, since } = await client.read(statsShape, await client.get("stats"));
    if (operations === undefined) {
      const hint = "Deploy the gateway again, with the version of this command";
      throw new CommandError("the gateway does not count its operations yet", hint, { exitCode: 3 });
    }
    const elapsedMs = Math.max(1, Date.now() - Date.parse(since));
    const cost = costAtPace({ operations, kvBudget }, elapsedMs);
    if (args.json) return printJson({ since, elapsedMs, operations, ...cost });
    printLines(costLines(cost, elapsedMs, paintFor(process.stdout)));
  },
});

/** Below this, a day is mostly guessed. */
const HOUR_MS = 3_600_000;

/** What it costs, for people; of the first minutes nothing. */
export function costLines(cost: Cost, elapsedMs: number, paint: Paint): readonly string[] {
  const plan = cost.fitsFree
    ? paint("green", "Such days fit the Free plan")
    : paint("yellow", "Such days do not fit the Free plan");
  const counted = `Counted for ${durationOf(elapsedMs)} only`;
  const note = elapsedMs < HOUR_MS ? [paint("yellow", `${counted}: that says little about a day.`)] : [];
  if (elapsedMs < LEAST_COUNTED_MS) {
    return [paint("yellow", `${counted}: too little to say what a day costs. Ask again in some minutes.`)];
  }
  return [
    ...tableLines(cost.lines, COLUMNS, paint),
    "",
    `${plan}; it runs out of ${PRICES[cost.scarcest].label} first.`,
    `On the Paid plan a month costs ${paint("bold", dollarsOf(cost.dollarsPerMonth))}: ${dollarsOf(PAID_PLAN_DOLLARS)}, and what goes beyond what that includes.`,
    ...note,
    paint("dim", `Cloudflare's prices of ${cost.asOf}. What is not counted: docs/costs.md`),
  ];
}

const COLUMNS: readonly Column<CostLine>[] = [
  { title: "", text: ({ label }) => label },
  {
    title: "a day",
    text: ({ perDay, unit }) => countOf(perDay) + (unit === "GB-s" ? " GB-s" : ""),
    align: "right",
  },
  {
    title: "of the Free plan",
    text: ({ ofFree }) => percentOf(ofFree),
    align: "right",
    colour: ({ ofFree }) => (ofFree > 1 ? "red" : "plain"),
  },
  { title: "a day, nothing included", text: ({ dollarsPerDay }) => dollarsOf(dollarsPerDay), align: "right" },
  {
    title: "a month, beyond the plan",
    text: ({ dollarsPerMonth }) => dollarsOf(dollarsPerMonth),
    align: "right",
  },
];
