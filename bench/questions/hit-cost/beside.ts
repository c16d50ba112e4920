import { join } from "node:path";
import { type StartedGateway, startCheckout, THIS_CHECKOUT } from "../../harness/load/checkout.ts";
import { Child } from "../../harness/load/child.ts";
import { inTurns } from "../../harness/load/in-turns.ts";
import { type LoadOrder, type LoadResult, serverAt, type WireRequest } from "../../harness/load/order.ts";
import { clientRequests } from "./client.ts";
import type { Effort } from "./measure.ts";
import { startOrigin } from "./origin.ts";
import { expectedBody, printed, untilHit } from "./prepare.ts";

const KEY = "sb_publishable_bench";

/** A hit in memory of this checkout and of another, one after the other. */
export interface BesideRound {
  readonly now: LoadResult;
  readonly before: LoadResult;
}

/**
 * Memory hits of this checkout and of another, each in a workerd of its own, in turns.
 *
 * @param before the path of the other checkout
 * @returns the rounds of each size, in kilobytes
 */
export async function measureBeside(
  before: string,
  { sizes, keys, effort }: { sizes: readonly number[]; keys: number; effort: Effort },
  progress: (text: string) => void,
): Promise<ReadonlyMap<number, readonly BesideRound[]>> {
  const origin = await startOrigin();
  const load = new Child<LoadOrder, LoadResult>(new URL("../../harness/load/generator.ts", import.meta.url));
  const started: StartedGateway[] = [];
  const start = async (root: string) => {
    const env = { SUPABASE_URL: origin.url, SUPABASE_PUBLISHABLE_KEY: KEY };
    const entry = join(root, "bench/questions/hit-cost/workers/gateway.ts");
    const gateway = await startCheckout(root, { env, entry, isolates: ["gateway"] });
    started.push(gateway);
    return gateway;
  };
  try {
    const [ours, others] = [await start(THIS_CHECKOUT), await start(before)];
    const measured = new Map<number, readonly BesideRound[]>();
    for (const kilobytes of sizes) {
      const of = async ({ gateway, pid }: StartedGateway) => {
        const requests = await hitsOf(gateway.url, kilobytes, keys);
        return (countedMs: number) => load.ask(orderOf(gateway.url, pid, requests, effort, countedMs));
      };
      const ask = { now: await of(ours), before: await of(others) };
      const names = ["now", "before"] as const;
      progress(`${kilobytes} KB: warming up`);
      for (const name of names) await ask[name](effort.warmUpMs);
      const slice = (name: (typeof names)[number]) => ask[name](effort.sliceMs);
      measured.set(kilobytes, await inTurns(names, effort.rounds, slice, progress));
    }
    return measured;
  } finally {
    await load.stop();
    for (const { gateway } of started) await gateway.stop();
    await origin.stop();
  }
}

/** Puts each key into memory, and says what must then be answered. */
async function hitsOf(url: string, kilobytes: number, keys: number): Promise<WireRequest[]> {
  const asked: WireRequest[] = [];
  for (const request of await clientRequests(KEY, kilobytes, keys, "again")) {
    const { headers } = await untilHit(url, request, "memory");
    const status = `cache-status: ${headers["cache-status"]}`;
    asked.push({
      head: printed("GET", url, request),
      expected: {
        status: 200,
        // After a rest longer than the bound, the first hit has waited for a sync.
        headers: [[status, status.replace("detail=memory", "detail=verified")], `etag: ${headers.etag}`],
        body: expectedBody(request),
      },
      bodyless: false,
    });
  }
  return asked;
}

function orderOf(
  url: string,
  serverPid: number | null,
  requests: readonly WireRequest[],
  { connections }: Effort,
  countedMs: number,
): LoadOrder {
  return { ...serverAt(url), requests, connections, leadInMs: 50, countedMs, serverPid };
}
