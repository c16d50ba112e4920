import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Gateway } from "../../../demo/workerd.ts";
import { startCheckout, THIS_CHECKOUT } from "../../harness/load/checkout.ts";
import { Child } from "../../harness/load/child.ts";
import type { LoadOrder, LoadResult, WireRequest } from "../../harness/load/order.ts";
import { bodyOf } from "../hit-cost/bodies.ts";
import { clientRequests } from "../hit-cost/client.ts";
import { startOrigin } from "../hit-cost/origin.ts";
import { printed } from "../hit-cost/prepare.ts";
import { BEFORE, type CaseName, STEPS } from "./cases.ts";

const KEY = "sb_publishable_bench";

export interface Effort {
  readonly kilobytes: number;
  readonly rounds: number;
  readonly sliceMs: number;
  readonly connections: number;
}

export type Round = ReadonlyMap<CaseName, LoadResult>;

interface Place {
  readonly url: string;
  readonly pid: number | null;
}

/**
 * All cases in turn, round after round, every second round backwards.
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
      const { hostname, port } = new URL(url);
      const requests = asked.map((request): WireRequest => {
        const body = bodyOf(new URL(request.target, "http://gateway.invalid").searchParams);
        if (body === undefined) throw new Error("the origin has no answer");
        const head = printed("GET", url, request);
        return { head, expected: { status: 200, headers: [], body }, bodyless: false };
      });
      return load.ask({
        ...{ host: hostname, port: Number(port), requests, connections },
        ...{ leadInMs: 100, countedMs: sliceMs, serverPid: pid },
      });
    };
    const names = [...places.keys()];
    progress("warming up");
    for (const name of names) await slice(name);
    const measured: Round[] = [];
    for (let index = 0; index < rounds; index++) {
      progress(`round ${index + 1} of ${rounds}`);
      const results = new Map<CaseName, LoadResult>();
      for (const name of index % 2 === 0 ? names : names.toReversed()) results.set(name, await slice(name));
      measured.push(results);
    }
    return measured;
  } finally {
    await load.stop();
    for (const gateway of gateways) await gateway.stop();
    await origin.stop();
  }
}

function moduleOf(worker: string): string {
  return fileURLToPath(new URL(`workers/${worker}.ts`, import.meta.url));
}
