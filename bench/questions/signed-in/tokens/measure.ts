import { setTimeout as sleep } from "node:timers/promises";
import { cpuMsOf } from "../../../harness/load/cpu.ts";
import type { Operations } from "../database/site.ts";
import { PUBLISHABLE_KEY } from "../database/site.ts";
import { CALLS_PATH } from "./calls-path.ts";
import type { Flood } from "./floods.ts";

type Calls = Readonly<Record<string, number>>;

/** A flood through one gateway. */
export interface Flooded {
  readonly requests: number;
  readonly seconds: number;
  /** Answers by status, and by what `Cache-Status` says. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly operations: Operations;
  readonly keeperCalls: Calls;
  /** Of workerd, keeper included; null where the system does not tell. */
  readonly cpuMs: number | null;
}

export interface Flooding {
  readonly gateway: string;
  readonly pid: number | null;
  readonly operations: () => Promise<Operations>;
}

const CONNECTIONS = 16;

/** What is done behind answers has ended when this long nothing has happened. */
const QUIET_MS = 400;

export async function flood(kind: Flood, requests: number, flooding: Flooding): Promise<Flooded> {
  const { gateway, pid, operations } = flooding;
  const before = await operations();
  const callsBefore = await callsOf(gateway);
  const cpuBefore = cpuMsOf(pid);
  const begun = performance.now();
  const statuses: Record<string, number> = {};
  const outcomes: Record<string, number> = {};
  let next = 0;
  const client = async () => {
    for (let n = next++; n < requests; n = next++) {
      const { path, token, from } = kind.request(n);
      const response = await fetch(gateway + path, {
        headers: { apikey: PUBLISHABLE_KEY, authorization: `Bearer ${token}`, "cf-connecting-ip": from },
      });
      await response.arrayBuffer();
      const status = response.headers.get("cache-status") ?? "none";
      const outcome = /detail=([\w-]+)/.exec(status)?.[1] ?? /fwd=([\w-]+)/.exec(status)?.[1] ?? status;
      const name = `${status.includes("; hit") ? "hit" : "no hit"}: ${outcome}`;
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
      outcomes[name] = (outcomes[name] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const seconds = (performance.now() - begun) / 1_000;
  const after = await quiet(operations);
  const cpuAfter = cpuMsOf(pid);
  return {
    ...{ requests, seconds, statuses, outcomes },
    operations: difference(after, before) as unknown as Operations,
    keeperCalls: difference(await callsOf(gateway), callsBefore),
    cpuMs: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore,
  };
}

async function callsOf(gateway: string): Promise<Calls> {
  return (await fetch(gateway + CALLS_PATH)).json() as Promise<Calls>;
}

async function quiet(operations: () => Promise<Operations>): Promise<Operations> {
  for (let last = await operations(); ; ) {
    await sleep(QUIET_MS);
    const now = await operations();
    if (now.whoamis === last.whoamis && now.reads === last.reads) return now;
    last = now;
  }
}

function difference(now: object, before: object): Calls {
  const earlier = new Map<string, number>(Object.entries(before));
  return Object.fromEntries(
    Object.entries(now).map(([name, count]: [string, number]) => [name, count - (earlier.get(name) ?? 0)]),
  );
}
