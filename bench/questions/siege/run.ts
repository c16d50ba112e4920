import type { AttackFigures } from "./attacks/attack.ts";
import type { BystanderFigures } from "./readers/seen.ts";
import { type KeeperCounts, keeperCounts, type SiegeStack, startSiegeStack } from "./siege-stack.ts";
import type { Deployment, Memory } from "./site/deployment.ts";
import { type OriginCounts, since } from "./site/origin-counts.ts";
import { BOUND_MS } from "./tidemark.config.ts";

export interface Plan {
  readonly seed: number;
  /** Each round has a gateway of its own, which is warmed up, left in peace, and then besieged. */
  readonly rounds: number;
  /** Length of the calm phase and of the siege. */
  readonly phaseMs: number;
  /** Reads a second of all honest readers together. */
  readonly readsPerSecond: number;
  /** Multiplies the attacks' own rates: 1 leaves them as their rows say. */
  readonly intensity: number;
  /** Uses timeouts that are never reached, so that only counts are meaningful. */
  readonly patient: boolean;
  /** Names of attacks; if empty, the second phase is calm, too. */
  readonly attacks: readonly string[];
}

/** CPU time in milliseconds, independent of the machine's other load. Null except on Linux. */
type Cpu = Readonly<Record<"keeper" | "gateway" | "api" | "postgres", number | null>>;

/** What was seen in one phase. */
export interface Phase {
  readonly bystanders: BystanderFigures;
  /** Operations of the database in this phase. */
  readonly operations: OriginCounts;
  /** The keeper's counters at the end of the phase. Null: the keeper did not answer. */
  readonly keeper: KeeperCounts | null;
  /** How long the keeper took to answer at the end of the phase. */
  readonly keeperAnsweredAfterMs: number;
  readonly cpuMs: Cpu;
  readonly memory: { readonly keeper: Memory; readonly isolates: readonly Memory[] };
}

export interface Round {
  readonly calm: Phase;
  readonly siege: Phase & { readonly attacks: readonly AttackFigures[] };
}

/** @param progress called with the name of each step as it begins */
export async function besiege(plan: Plan, progress: (text: string) => void): Promise<readonly Round[]> {
  progress("starting PostgreSQL, its API and the clients");
  const stack = await startSiegeStack();
  try {
    const rounds: Round[] = [];
    for (let n = 0; n < plan.rounds; n++) rounds.push(await round(plan, n, stack, progress));
    return rounds;
  } finally {
    await stack.stop();
  }
}

async function round(
  plan: Plan,
  n: number,
  stack: SiegeStack,
  progress: (text: string) => void,
): Promise<Round> {
  const say = (text: string) => progress(`round ${n + 1} of ${plan.rounds}: ${text}`);
  say("a gateway that knows nothing");
  const gateway = await stack.deploy(plan.patient ? "patient" : "gateway");
  // The two phases of a round make the same reads at the same times.
  const phase = phaseOf(plan, stack, gateway, plan.seed + 10 * n);
  try {
    say("warming up");
    await phase(0, []);
    say("calm");
    const calm = await phase(plan.phaseMs, []);
    say(`siege: ${plan.attacks.join(", ")}`);
    const siege = await phase(plan.phaseMs, plan.attacks);
    return { calm, siege };
  } finally {
    await gateway.stop();
  }
}

/** Longer than any answer takes, including the gateway's own timeouts. */
const PATIENCE_MS = 30_000;
const ENDLESS_MS = 240_000;

function phaseOf(
  { readsPerSecond, intensity, patient }: Plan,
  stack: SiegeStack,
  gateway: Deployment,
  seed: number,
) {
  const { urls } = gateway;
  const { databaseUrl, origin } = stack;
  const patienceMs = patient ? ENDLESS_MS : PATIENCE_MS;
  const boundMs = BOUND_MS[patient ? "patient" : "gateway"];
  return async (forMs: number, names: readonly string[]): Promise<Round["siege"]> => {
    const before = await stack.operations();
    const cpuBefore = { ...gateway.cpuMs(), ...stack.cpuMs() };
    const [bystanders, { attacks }] = await Promise.all([
      stack.bystanders.ask({ urls, origin, databaseUrl, seed, forMs, readsPerSecond, boundMs, patienceMs }),
      names.length === 0
        ? { attacks: [] }
        : stack.attackers.ask({ urls, databaseUrl, names, intensity, forMs, patienceMs }),
    ]);
    const operations = since(await stack.operations(), before);
    const cpuAfter = { ...gateway.cpuMs(), ...stack.cpuMs() };
    const over = performance.now();
    const keeper = await keeperCounts(urls[0] ?? "");
    const keeperAnsweredAfterMs = performance.now() - over;
    const memory = await gateway.memory();
    const cpuMs = less(cpuAfter, cpuBefore);
    return { bystanders, operations, keeper, keeperAnsweredAfterMs, cpuMs, memory, attacks };
  };
}

function less(after: Cpu, before: Cpu): Cpu {
  const parts = ["keeper", "gateway", "api", "postgres"] as const;
  const difference = (part: (typeof parts)[number]) => {
    const [now, then] = [after[part], before[part]];
    return now === null || then === null ? null : Math.round(now - then);
  };
  return Object.fromEntries(parts.map((part) => [part, difference(part)])) as Cpu;
}
