import { describe, type Machine } from "../../../harness/machine.ts";
import { table } from "../../../harness/table.ts";
import type { Flooded } from "./measure.ts";

export interface FloodFigures {
  readonly name: string;
  readonly with: Flooded;
  readonly without: Flooded;
}

interface Report {
  readonly machine: Machine;
  readonly at: string;
  readonly floods: readonly FloodFigures[];
}

/** Of issue 14: the database is never asked more often than that times as without us. */
const MOST = 2;

export function asMarkdown({ machine, at, floods }: Report): string {
  return [
    "# What does an unknown token cost?",
    `${at.slice(0, 10)}. ${describe(machine)}. How it is measured: [bench/README.md](../README.md).`,
    table([HEAD, ...floods.map(row)]),
    ...floods.map(detail),
  ]
    .join("\n\n")
    .concat("\n");
}

/** Whether a token that the database refuses has got anything. */
export function isHarmful({ name, with: { statuses, outcomes } }: FloodFigures): boolean {
  if (!/forged|ended/.test(name)) return false;
  const answered = Object.keys(statuses).some((status) => Number(status) < 400);
  return answered || Object.keys(outcomes).some((outcome) => outcome.startsWith("hit"));
}

const HEAD = [
  "flood",
  "reads",
  "the database is asked",
  "of that, who it is",
  "÷ without us",
  "target",
  "",
  "pulls",
  "calls of the keeper a read",
  "CPU µs a read",
  "without us",
];

function row({ name, with: own, without }: FloodFigures): readonly string[] {
  const ratio = asked(own) / asked(without);
  const calls = Object.values(own.keeperCalls).reduce((sum, count) => sum + count, 0);
  return [
    name,
    String(own.requests),
    String(asked(own)),
    String(own.operations.whoamis),
    ratio.toFixed(2),
    `≤ ${MOST}`,
    ratio <= MOST ? "met" : "**missed**",
    String(own.operations.pulls),
    (calls / own.requests).toFixed(2),
    cpu(own),
    cpu(without),
  ];
}

/** Pulls are left out: time makes them, however many read. */
function asked({ operations: { reads, whoamis, others } }: Flooded): number {
  return reads + whoamis + others;
}

function cpu({ cpuMs, requests }: Flooded): string {
  return cpuMs === null ? "–" : ((cpuMs / requests) * 1_000).toFixed(0);
}

function detail({ name, with: { statuses, outcomes, keeperCalls } }: FloodFigures): string {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(", ");
  return `${name}: ${list(statuses)}; ${list(outcomes)}; the keeper: ${list(keeperCalls) || "nothing"}.`;
}
