import type { AttackFigures } from "./attacks/attack.ts";
import type { BystanderFigures } from "./readers/seen.ts";
import { type KeeperCounts, keeperCounts, type SiegeStack, startSiegeStack } from "./siege-stack.ts";
import type { Deployment, Memory } from "./site/deployment.ts";
import { type OriginCounts, since } from "./site/origin-counts.ts";
import { BOUND_MS } from "./tidemark.config.ts";

export interface Plan {
  readonly seed: number;
  /** Each has a gateway of its own, which is warmed up, left in peace, and besieged. */
  readonly rounds: number;
  /** Of the calm phase and of the siege. */
  readonly phaseMs: number;
  /** Of all honest readers together. */
  readonly readsPerSecond: number;
  /** Of the rates that the attacks have by themselves: 1 is what their rows say. */
  readonly intensity: number;
  /** With timeouts that are never reached: only counts mean something then. */
  readonly patient: boolean;
  /** Names of attacks; none: the second phase is calm, too. */
  readonly attacks: readonly string[];
}

/** CPU time in milliseconds, which does not depend on what else the machine does. Null except on Linux. */
type Cpu = Readonly<Record<"keeper" | "gateway" | "api" | "postgres", number | null>>;

/** What was seen in one phase. */
export interface Phase {
  readonly bystanders: BystanderFigures;
  /** Of the database, in this phase. */
  readonly operations: OriginCounts;
  /** At its end. Null: the keeper did not answer. */
  readonly keeper: KeeperCounts | null;
  /** How long the keeper took to answer when the phase was over. */
  readonly keeperAnsweredAfterMs: number;
  readonly cpuMs: Cpu;
  readonly memory: { readonly keeper: Memory; readonly isolates: readonly Memory[] };
}

export interface Round {
  readonly calm: Phase;
  readonly siege: Phase & { readonly attacks: readonly AttackFigures[] };
}

/** @param progress told what begins */
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
  // Calm and siege of a round read the same at the same times.
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

/** Longer than any answer takes, the gateway's own timeouts included. */
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
