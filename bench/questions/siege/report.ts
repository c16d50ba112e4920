import { describe, type Machine } from "../../harness/machine.ts";
import { type Row, table } from "../../harness/table.ts";
import { verdictTable } from "../../harness/verdicts.ts";
import { ATTACKS } from "./attacks/all.ts";
import type { AttackFigures } from "./attacks/attack.ts";
import {
  isolateMebibytes,
  keeperMebibytes,
  noise,
  p50,
  p99,
  straightP99,
  type Target,
  targetsOf,
} from "./figures.ts";
import type { Phase, Plan, Round } from "./run.ts";
import { total } from "./site/origin-counts.ts";

export interface Report {
  readonly machine: Machine;
  readonly takenAt: string;
  readonly plan: Plan;
  readonly targets: readonly Target[];
  readonly rounds: readonly Round[];
}

/** Above this, the calm phases differ too much for the ratio of latencies to mean anything. */
const UNQUIET = 1.5;

export function reportOf(machine: Machine, plan: Plan, rounds: readonly Round[]): Report {
  return { machine, takenAt: new Date().toISOString(), plan, targets: targetsOf(rounds), rounds };
}

/** The report for a terminal and for results/siege.md. */
export function asMarkdown({ machine, takenAt, plan, targets, rounds }: Report): string {
  const seconds = plan.phaseMs / 1_000;
  return [
    "# A siege",
    `Taken ${takenAt.slice(0, 10)} on ${describe(machine)}, load average ${machine.loadAverage} before the run. ` +
      `${plan.rounds} rounds of ${seconds} s calm and ${seconds} s besieged; ${plan.readsPerSecond} honest reads a ` +
      `second, attacks at ${plan.intensity} of their rates, seed ${plan.seed}. ` +
      "How it is measured: [bench/README.md](../README.md#what-do-hostile-hands-cost-others).",
    "## Targets",
    verdictTable(targets),
    noiseNote(rounds),
    "## What others saw, and what was spent",
    table(phaseRows(rounds)),
    "## What was sent, and how it was answered",
    table(attackRows(plan, rounds)),
    ...faults(rounds),
  ]
    .join("\n\n")
    .concat("\n");
}

function noiseNote(rounds: readonly Round[]): string {
  if (rounds.length < 2) return "One round only: nothing says how much the calm phases differ by themselves.";
  const factor = noise(rounds);
  const says = `The p99 of the calm phases differ by a factor of ${factor.toFixed(1)} by themselves`;
  return factor > UNQUIET ? `${says}: the machine was not quiet, and times are hints.` : `${says}.`;
}

const COLUMNS: readonly (readonly [string, (phase: Phase) => string])[] = [
  ["p50 ms", (phase) => ms(p50(phase))],
  ["p99 ms", (phase) => ms(p99(phase))],
  ["straight to the database, p99 ms", (phase) => ms(straightP99(phase))],
  ["reads", ({ bystanders }) => String(bystanders.reads)],
  ["from cache", ({ bystanders }) => `${Math.round(hitShare(bystanders.outcomes) * 100)} %`],
  ["errors (the database's own)", ({ bystanders: b }) => `${b.errors} (${b.databaseErrors})`],
  ["wrong, stale", ({ bystanders }) => `${bystanders.wrong}, ${bystanders.stale}`],
  ["keeper's heap MiB", (phase) => mebibytes(keeperMebibytes(phase))],
  ["isolate's heap MiB", (phase) => mebibytes(isolateMebibytes(phase))],
  ["keeper's process MiB, peak", ({ memory }) => mebibytes((memory.keeper.process?.peak ?? 0) / 2 ** 20)],
  ["keys", ({ keeper }) => count(keeper?.keys)],
  ["KV writes so far", ({ keeper }) => count(keeper?.kvWrites)],
  ["database operations", ({ operations }) => String(total(operations))],
  ["of these reads of honest tables", ({ operations }) => String(operations.honestReads)],
  ["reads of hostile tables", ({ operations }) => String(operations.hostileReads)],
  ["pulls, schemas, prunes", ({ operations: o }) => `${o.pulls}, ${o.schemas}, ${o.prunes}`],
  ["CPU ms: keeper", ({ cpuMs }) => count(cpuMs.keeper)],
  ["CPU ms: gateway", ({ cpuMs }) => count(cpuMs.gateway)],
  ["CPU ms: API, Postgres", ({ cpuMs }) => `${count(cpuMs.api)}, ${count(cpuMs.postgres)}`],
  ["keeper answered after ms", ({ keeperAnsweredAfterMs }) => ms(keeperAnsweredAfterMs)],
  ["readers' own delay, ms", ({ bystanders }) => ms(bystanders.lateMs)],
];

/** A table with a row for each figure and a column for each phase. */
function phaseRows(rounds: readonly Round[]): readonly Row[] {
  const phases = rounds.flatMap(({ calm, siege }) => [calm, siege]);
  const head = rounds.flatMap((_, n) => [`calm ${n + 1}`, `siege ${n + 1}`]);
  return [["", ...head], ...COLUMNS.map(([name, of]) => [name, ...phases.map(of)])];
}

/** Totals of all rounds. */
function attackRows({ attacks, intensity }: Plan, rounds: readonly Round[]): readonly Row[] {
  const rows = ATTACKS.filter(({ name }) => attacks.includes(name)).map((attack): Row => {
    const all = rounds.flatMap(({ siege }) => siege.attacks.filter(({ name }) => name === attack.name));
    const total = (of: (figures: AttackFigures) => number) =>
      String(all.reduce((sum, figures) => sum + of(figures), 0));
    return [
      `${attack.name}: ${attack.what}`,
      String(Math.round(attack.perSecond * intensity * 100) / 100),
      total(({ sent }) => sent),
      total(({ heldBack }) => heldBack),
      total(({ ownErrors }) => ownErrors),
      answersOf(all),
    ];
  });
  return [["attack", "a second", "sent", "held back", "Tidemark's errors", "answers"], ...rows];
}

const SHOWN = 4;

function answersOf(all: readonly AttackFigures[]): string {
  const counts = new Map<string, number>();
  for (const { answers } of all) {
    for (const [label, times] of Object.entries(answers)) counts.set(label, (counts.get(label) ?? 0) + times);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, SHOWN).map(([label, times]) => `${times} × ${label}`);
  return [...shown, ...(sorted.length > SHOWN ? ["…"] : [])].join("; ");
}

function faults(rounds: readonly Round[]): readonly string[] {
  const told = rounds.flatMap(({ calm, siege }) => [...calm.bystanders.told, ...siege.bystanders.told]);
  return told.length === 0 ? [] : ["## The first errors", told.map((line) => `- \`${line}\``).join("\n")];
}

function hitShare(outcomes: Readonly<Record<string, number>>): number {
  const all = Object.entries(outcomes);
  const times = (some: typeof all) => some.reduce((sum, [, count]) => sum + count, 0);
  return times(all.filter(([outcome]) => outcome.startsWith("200 hit"))) / times(all);
}

const ms = (value: number) => (Number.isFinite(value) ? value.toFixed(value < 100 ? 1 : 0) : "–");
const mebibytes = (value: number | null) => value?.toFixed(1) ?? "no answer";
const count = (value: number | null | undefined) => (value == null ? "–" : String(value));
