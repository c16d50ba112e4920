import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import getPort from "get-port";
import type { Sql } from "postgres";
import { NUDGE_SECRET } from "../../../demo/capture.ts";
import { type Gateway, startGateway } from "../../../demo/workerd.ts";
import { PUBLISHABLE_KEY, pulling, settings } from "../../../testing/gateway/stack.ts";
import { PATIENCE_MS } from "../../../testing/patience.ts";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { removeFolder } from "../../../testing/remove-folder.ts";
import { install } from "./database.ts";
import { OriginProcess } from "./origin-process.ts";
import { Client } from "./transact.ts";

export const ISOLATES = ["one", "two", "three"] as const;

/** How changes reach the keeper. */
export type Changes = "pulled" | "hooked";

/** PostgreSQL, the API over it, and workerd with three isolates, each in a process of its own. */
export interface ProcessStack {
  readonly changes: Changes;
  readonly postgres: Postgres;
  /** The harness' own connection, which bypasses the API. */
  readonly client: Client;
  readonly sql: Sql;
  readonly origin: OriginProcess;
  readonly gateway: Gateway;
  readonly stop: () => Promise<void>;
}

export async function startProcessStack(changes: Changes): Promise<ProcessStack> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-faults-"));
  const stops: (() => Promise<unknown>)[] = [async () => removeFolder(folder)];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    // Only processes are killed, never the machine: writes survive without waiting for the disk.
    const postgres = await startPostgres({ flags: ["-c", "fsync=off", "-c", "max_connections=60"] });
    stops.push(() => postgres.stop());
    const client = new Client(postgres);
    const { sql } = client;
    const origin = new OriginProcess(await getPort({ host: "127.0.0.1" }), postgres.url);
    stops.push(() => origin.kill());
    await install(sql, changes);
    await origin.start();
    const gateway = await startGateway({
      entry: new URL(`../workers/${changes}.ts`, import.meta.url).pathname,
      env: {
        ...settings(origin.url),
        ...(changes === "pulled" && { ...pulling(), TIDEMARK_NUDGE_SECRET: NUDGE_SECRET }),
      },
      isolates: [...ISOLATES],
      persist: folder,
      onLog: () => {},
    });
    stops.push(() => gateway.stop());
    return { changes, postgres, client, sql, origin, gateway, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const headers = { apikey: PUBLISHABLE_KEY, authorization: `Bearer ${PUBLISHABLE_KEY}` };

/** A request that PostgREST leaves hanging, as it does when the database goes away while it starts. */
const DIRECT_MS = 15_000;

/** Asks the origin directly. Once it is well, only a busy machine keeps it from answering. */
export async function direct(stack: ProcessStack, target: string, withinMs = PATIENCE_MS): Promise<unknown> {
  const response = await fetch(stack.origin.url + target, {
    headers,
    signal: AbortSignal.timeout(withinMs),
  });
  if (!response.ok)
    throw new Error(`the origin answers ${response.status} to ${target}: ${await response.text()}`);
  return response.json();
}

/** The origin sometimes hangs when the database goes away while it starts; deployments have a health check for that. */
const UNHEALTHY_MS = 15_000;

/** Waits until the origin answers again, on as many connections as its pool may hold. */
export async function untilOriginAnswers(stack: ProcessStack): Promise<void> {
  const deadline = performance.now() + 90_000;
  let restartAt = performance.now() + UNHEALTHY_MS;
  for (;;) {
    const probes = Array.from({ length: 24 }, () =>
      direct(stack, "/rest/v1/topics?select=id&limit=1", DIRECT_MS),
    );
    const answers = await Promise.allSettled(probes);
    if (answers.every(({ status }) => status === "fulfilled")) return;
    if (performance.now() > deadline) throw new Error("the origin does not come back");
    if (performance.now() > restartAt) {
      restartAt = performance.now() + UNHEALTHY_MS;
      await stack.origin.kill();
      await stack.origin.start().catch(() => {});
    }
    await sleep(50);
  }
}
