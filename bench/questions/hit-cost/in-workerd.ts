import { fileURLToPath } from "node:url";
import { type Gateway, startGateway } from "../../../demo/workerd.ts";
import { Child } from "../../harness/load/child.ts";
import { workerdPid } from "../../harness/load/cpu.ts";
import type { LoadOrder, LoadResult } from "../../harness/load/order.ts";
import { ADMIN_SECRET, PEERS } from "./cases.ts";
import { clientRequests } from "./client.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { keeperCounts } from "./keeper-counts.ts";
import { type Effort, measure } from "./measure.ts";
import { startOrigin } from "./origin.ts";
import { prepare } from "./prepare.ts";

const KEY = "sb_publishable_bench";

/** All Workers side by side in one workerd, one size of bodies after the other. `done` is told each size's figures. */
export async function measureWorkers(
  { sizes, keys, effort }: { sizes: readonly number[]; keys: number; effort: Effort },
  progress: (text: string) => void,
  done: (figures: Figures, asked: string) => void,
): Promise<Figures[]> {
  const origin = await startOrigin();
  const load = new Child<LoadOrder, LoadResult>(new URL("../../harness/load/generator.ts", import.meta.url));
  let gateway: Gateway | undefined;
  const all: Figures[] = [];
  try {
    gateway = await startGateway({
      env: { SUPABASE_URL: origin.url, SUPABASE_PUBLISHABLE_KEY: KEY, TIDEMARK_ADMIN_SECRET: ADMIN_SECRET },
      entry: moduleOf("gateway"),
      isolates: ["gateway"], // The keeper runs in another isolate, so its heap is not part of a hit's cost.
      peers: Object.fromEntries(Object.entries(PEERS).map(([name, module]) => [name, moduleOf(module)])),
    });
    const { url, urlOf } = gateway;
    const server = { urlOf, pid: workerdPid(), keeperCounts: () => keeperCounts(url, ADMIN_SECRET) };
    for (const kilobytes of sizes) {
      const say = (text: string) => progress(`${kilobytes} KB: ${text}`);
      say("filling memory and KV");
      const again = await clientRequests(KEY, kilobytes, keys, "again");
      const once = await clientRequests(KEY, kilobytes, keys, "once");
      const cases = await prepare(again, once, urlOf);
      const before = origin.requests;
      const figures = figuresOf(kilobytes, await measure(cases, effort, load, server, say));
      const { requests } = origin;
      all.push(figures);
      done(
        figures,
        `The origin was asked ${requests.once - before.once} times for new keys, and ` +
          `${requests.again - before.again} times for others (which the audit does once a minute).`,
      );
    }
    return all;
  } finally {
    await load.stop();
    await gateway?.stop();
    await origin.stop();
  }
}

function moduleOf(worker: string): string {
  return fileURLToPath(new URL(`workers/${worker}.ts`, import.meta.url));
}
