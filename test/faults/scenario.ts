import { setTimeout as sleep } from "node:timers/promises";
import { Figures } from "./judge/figures.ts";
import { settle } from "./judge/settle.ts";
import { inject } from "./kinds/faults.ts";
import { auditFinds, loseOne } from "./kinds/lost-webhook.ts";
import { Outages } from "./kinds/outages.ts";
import type { Stage } from "./processes/stage.ts";
import { Client } from "./processes/transact.ts";
import type { Scenario } from "./scenarios.ts";
import { Carrier } from "./traffic/carrier.ts";
import { Choices } from "./traffic/choices.ts";
import { GOOD } from "./traffic/network.ts";
import { Readers } from "./traffic/readers.ts";
import { Writers } from "./traffic/writers.ts";

export interface Pace {
  readonly seconds: number;
  readonly seed: number;
  /** Faults of each kind, instead of the scenario's own number. */
  readonly atLeast?: number;
}

const WRITERS = 4;
const READERS = 8;

/** Runs a scenario until everything has settled; the figures list broken promises. */
export async function run(scenario: Scenario, stage: Stage, pace: Pace): Promise<Figures> {
  const { stack, truth } = stage;
  const random = new Choices(pace.seed);
  const figures = new Figures();
  const outages = new Outages();
  const before = { ...truth.counts };
  const carrier = await Carrier.start(stack, truth, figures, random.next());
  carrier.network = scenario.network;
  const clients = Array.from({ length: WRITERS }, () => new Client(stack.postgres));
  const writers = new Writers(truth, stage.nextId, stack.changes === "pulled");
  const readers = new Readers({ stack, truth, outages, figures });
  writers.start(clients, random);
  readers.start(Array.from({ length: READERS }, () => random.next()));
  if (scenario.audit) await loseOne(stack, carrier);

  const end = performance.now() + pace.seconds * 1_000;
  const isOver = () => performance.now() >= end;
  const often = { atLeast: pace.atLeast ?? scenario.atLeast ?? 1, kinds: scenario.faults.length };
  const injecting = scenario.faults.map((name) =>
    inject(name, { stack, truth, outages, figures, readers, random: random.next() }, isOver, often),
  );
  await Promise.all([sleep(pace.seconds * 1_000), ...injecting]);

  await writers.stop();
  await carrier.settled();
  carrier.network = GOOD;
  if (scenario.audit) await auditFinds(stack, figures);
  await readers.stop();
  await settle(stage, figures);
  await carrier.stop();
  await Promise.all(clients.map(({ sql }) => sql.end({ timeout: 1 })));
  stage.nextId = writers.nextId;
  figures.changes = truth.counts.changes - before.changes;
  figures.transactions = truth.counts.transactions - before.transactions;
  figures.rolledBack = truth.counts.rolledBack - before.rolledBack;
  return figures;
}
