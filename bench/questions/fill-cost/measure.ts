import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Gateway } from "../../../demo/workerd.ts";
import { startCheckout, THIS_CHECKOUT } from "../../harness/load/checkout.ts";
import { Child } from "../../harness/load/child.ts";
import { inTurns } from "../../harness/load/in-turns.ts";
import { type LoadOrder, type LoadResult, serverAt, type WireRequest } from "../../harness/load/order.ts";
import { clientRequests } from "../hit-cost/client.ts";
import { startOrigin } from "../hit-cost/origin.ts";
import { expectedBody, printed } from "../hit-cost/prepare.ts";
import { BEFORE, type CaseName, STEPS } from "./cases.ts";

const KEY = "sb_publishable_bench";

export interface Effort {
  readonly kilobytes: number;
  readonly rounds: number;
  readonly sliceMs: number;
  readonly connections: number;
}

/** Of those that are measured: there need not be another checkout. */
export type Round = Readonly<Partial<Record<CaseName, LoadResult>>>;

interface Place {
  readonly url: string;
  readonly pid: number | null;
}

/**
 * All cases in turn.
 *
 * @param before the path of another checkout; null: only this one is measured
 */
export async function measureFills(
  { kilobytes, rounds, sliceMs, connections }: Effort,
  before: string | null,
  progress: (text: string) => void,
): Promise<Round[]> {
  const origin = await startOrigin();
  const load = new Child<LoadOrder, LoadResult>(new URL("../../harness/load/generator.ts", import.meta.url));
  const gateways: Gateway[] = [];
  try {
    const places = new Map<CaseName, Place>();
    const start = async (root: string, entry: string, peers: Record<string, string>) => {
      const env = { SUPABASE_URL: origin.url, SUPABASE_PUBLISHABLE_KEY: KEY };
      const started = await startCheckout(root, { env, entry, isolates: ["gateway"], peers });
      gateways.push(started.gateway);
      return started;
    };
    const steps = STEPS.map(([name]) => name).filter((name) => name !== "gateway");
    const peers = Object.fromEntries(steps.map((name) => [name, moduleOf(name)]));
    const here = await start(THIS_CHECKOUT, moduleOf("gateway"), peers);
    for (const [name] of STEPS) places.set(name, { url: here.gateway.urlOf(name), pid: here.pid });
    if (before !== null) {
      const entry = join(before, "bench/questions/hit-cost/workers/gateway.ts");
      const { gateway, pid } = await start(before, entry, {});
      places.set(BEFORE, { url: gateway.url, pid });
    }
    const asked = await clientRequests(KEY, kilobytes, 32, "once");
    const slice = async (name: CaseName): Promise<LoadResult> => {
      const { url, pid } = places.get(name) as Place;
      const requests = asked.map((request): WireRequest => {
        const expected = { status: 200, headers: [], body: expectedBody(request) };
        return { head: printed("GET", url, request), expected, bodyless: false };
      });
      return load.ask({
        ...{ ...serverAt(url), requests, connections },
        ...{ leadInMs: 100, countedMs: sliceMs, serverPid: pid },
      });
    };
    const names = [...places.keys()];
    progress("warming up");
    for (const name of names) await slice(name);
    return await inTurns(names, rounds, slice, progress);
  } finally {
    await load.stop();
    for (const gateway of gateways) await gateway.stop();
    await origin.stop();
  }
}

function moduleOf(worker: string): string {
  return fileURLToPath(new URL(`workers/${worker}.ts`, import.meta.url));
}
