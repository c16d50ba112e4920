import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Figures } from "../judge/figures.ts";
import type { Truth } from "../judge/truth.ts";
import { POLICIES, type Policy, STILL_POLICIES, type StillPolicy } from "../processes/database.ts";
import { type ProcessStack, untilOriginAnswers } from "../processes/process-stack.ts";
import { transact } from "../processes/transact.ts";
import type { Choices } from "../traffic/choices.ts";
import type { Readers } from "../traffic/readers.ts";
import type { Outages } from "./outages.ts";

export interface Injecting {
  readonly stack: ProcessStack;
  readonly truth: Truth;
  readonly outages: Outages;
  readonly figures: Figures;
  readonly readers: Readers;
  readonly random: Choices;
}

/** One fault, from its start until everything works again. */
type Fault = (parts: Injecting) => Promise<void>;

async function killGateway({ stack, outages, figures }: Injecting): Promise<void> {
  await outages.during("gateway", () => stack.gateway.kill());
  figures.fault("workerd killed");
}

async function killOrigin({ stack, outages, figures, random }: Injecting): Promise<void> {
  await outages.during("origin", async () => {
    await stack.origin.kill();
    await sleep(random.below(600));
    // If Postgres is down as well, it does not start and is started again.
    await stack.origin.start().catch(() => {});
    await untilOriginAnswers(stack);
  });
  figures.fault("origin killed");
}

async function restartPostgres({ stack, outages, figures, random }: Injecting): Promise<void> {
  const immediately = random.chance(50);
  await outages.during("origin", async () => {
    if (immediately) {
      const [row] = await stack.sql<{ data_directory: string }[]>`show data_directory`;
      const [pid] = readFileSync(join(row?.data_directory ?? "", "postmaster.pid"), "utf8").split("\n");
      // As `pg_ctl stop -m immediate`: no checkpoint, and the start is a recovery.
      process.kill(Number(pid), "SIGQUIT");
    }
    await stack.postgres.restart();
    await untilOriginAnswers(stack);
  });
  figures.fault(immediately ? "Postgres crashed" : "Postgres restarted");
}

/** As the out-of-memory killer does: all sessions end, and the server recovers without a new postmaster. */
async function killBackend({ stack, outages, figures }: Injecting): Promise<void> {
  await outages.during("origin", async () => {
    const [row] = await stack.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
    if (row) process.kill(row.pid, "SIGKILL");
    await sleep(100);
    await untilOriginAnswers(stack);
  });
  figures.fault("backend killed");
}

let columns = 0;

async function alterSchema({ stack, truth, figures, random }: Injecting): Promise<void> {
  const alterations = [
    "add column",
    "rename column",
    "policy changed",
    "policy replaced",
    "policy dropped",
    "policy of a still table",
  ] as const;
  const alteration = random.pick(alterations);
  const rule = random.pick((Object.keys(POLICIES) as Policy[]).filter((each) => each !== "none"));
  const isDone = await transact(stack.client, truth, async (tx, transaction) => {
    // Give up early: other statements must not queue behind a lock that waits for a long transaction.
    await tx`set local lock_timeout = '3s'`;
    const enter = (policy: Policy) => {
      const versions = truth.versions("policies/1");
      truth.enter(transaction, "policies", 1, versions.length + 1, { rule: policy });
    };
    const isThere = truth.current("policies", 1)?.rule !== "none";
    const create = () =>
      tx.unsafe(`create policy readable on notes for select to anon using (${POLICIES[rule]})`);
    switch (alteration) {
      case "add column":
        await tx.unsafe(`alter table notes add column extra_${++columns} int default ${columns}`);
        break;
      case "rename column": {
        const [{ name = "" } = {}] = await tx<{ name: string }[]>`
          select attname as name from pg_attribute where attrelid = 'notes'::regclass and attname like 'spare%'`;
        await tx.unsafe(`alter table notes rename column ${name} to spare_${++columns}`);
        break;
      }
      case "policy of a still table": {
        const next: StillPolicy = truth.current("policies", 2)?.rule === "all" ? "one" : "all";
        await tx.unsafe(`alter policy readable on still using (${STILL_POLICIES[next]})`);
        truth.enter(transaction, "policies", 2, truth.versions("policies/2").length + 1, { rule: next });
        break;
      }
      case "policy dropped":
        await tx`drop policy if exists readable on notes`;
        enter("none");
        break;
      case "policy replaced":
        await tx`drop policy if exists readable on notes`;
        await create();
        enter(rule);
        break;
      case "policy changed":
        if (isThere) await tx.unsafe(`alter policy readable on notes using (${POLICIES[rule]})`);
        else await create();
        enter(rule);
    }
    // As Supabase's own event trigger does.
    await tx`notify pgrst, 'reload schema'`;
  });
  figures.fault(isDone ? alteration : `${alteration}, rolled back`);
}

async function pruneAsleep({ stack, figures, readers, random }: Injecting): Promise<void> {
  readers.pause(true);
  await sleep(300 + random.below(700));
  // The first call remembers what may be pruned, the second one prunes it.
  for (let time = 0; time < 2; time++) {
    // Postgres may be down, by another fault.
    await stack.sql`select tidemark.prune('0 seconds')`.catch(() => {});
  }
  await sleep(random.below(300));
  readers.pause(false);
  figures.fault("pruned while the keeper slept");
}

/** Repeated faults, and the pauses between them in milliseconds. */
export const FAULTS = {
  gateway: { inject: killGateway, pauseMs: 1_500 },
  origin: { inject: killOrigin, pauseMs: 1_500 },
  postgres: { inject: restartPostgres, pauseMs: 2_000 },
  backend: { inject: killBackend, pauseMs: 1_500 },
  schema: { inject: alterSchema, pauseMs: 900 },
  prune: { inject: pruneAsleep, pauseMs: 1_000 },
} as const satisfies Record<string, { readonly inject: Fault; readonly pauseMs: number }>;

export type FaultName = keyof typeof FAULTS;

/** Injects faults of one kind until told to stop, but at least `atLeast`; less often if more kinds run at once. */
export async function inject(
  name: FaultName,
  parts: Injecting,
  isOver: () => boolean,
  { atLeast, kinds }: { readonly atLeast: number; readonly kinds: number },
): Promise<void> {
  const fault = FAULTS[name];
  for (let done = 0; done < atLeast || !isOver(); done++) {
    await sleep(parts.random.below(fault.pauseMs * kinds));
    await fault.inject(parts);
  }
}
