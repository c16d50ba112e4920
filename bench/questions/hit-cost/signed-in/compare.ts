import { fileURLToPath } from "node:url";
import { CAPTURE_SECRET, captureToken } from "../../../../demo/capture.ts";
import { type Gateway, startGateway } from "../../../../demo/workerd.ts";
import { Child } from "../../../harness/load/child.ts";
import { workerdPid } from "../../../harness/load/cpu.ts";
import { inTurns } from "../../../harness/load/in-turns.ts";
import { type LoadOrder, type LoadResult, serverAt, type WireRequest } from "../../../harness/load/order.ts";
import type { SiteState } from "../../signed-in/database/origin.ts";
import { PUBLISHABLE_KEY } from "../../signed-in/database/site.ts";
import type { Effort } from "../measure.ts";
import { type Comparison, comparisonOf } from "./figures.ts";
import { CASE_NAMES, type CaseName, prepareCase } from "./requests.ts";

const LEAD_IN_MS = 100;

/** Hits in the memory of one isolate, for readers without a session and with one, in turn. */
export async function compareSignedIn(
  { keys, effort }: { readonly keys: number; readonly effort: Effort },
  progress: (text: string) => void,
): Promise<Comparison> {
  progress("starting Postgres");
  const site = new Child<object, SiteState>(new URL("../../signed-in/database/origin.ts", import.meta.url));
  const load = new Child<LoadOrder, LoadResult>(
    new URL("../../../harness/load/generator.ts", import.meta.url),
  );
  let gateway: Gateway | undefined;
  try {
    const { url: origin } = await site.ask({});
    gateway = await startGateway({
      env: {
        SUPABASE_URL: origin,
        SUPABASE_PUBLISHABLE_KEY: PUBLISHABLE_KEY,
        TIDEMARK_CAPTURE_SECRET: CAPTURE_SECRET,
        TIDEMARK_CAPTURE_TOKEN: captureToken(),
      },
      entry: fileURLToPath(new URL("../workers/gateway-signed-in.ts", import.meta.url)),
      isolates: ["gateway"],
    });
    const { url } = gateway;
    const serverPid = workerdPid();
    progress("filling memory");
    const requests = new Map<CaseName, WireRequest[]>();
    for (const name of CASE_NAMES) requests.set(name, await prepareCase(name, keys, url, origin));
    const slice = (name: CaseName, countedMs: number) =>
      load.ask({
        ...{ ...serverAt(url), requests: requests.get(name) ?? [] },
        ...{ connections: effort.connections, leadInMs: LEAD_IN_MS, countedMs, serverPid },
      });
    progress("warming up");
    for (const name of CASE_NAMES) await slice(name, effort.warmUpMs);
    return comparisonOf(
      await inTurns(CASE_NAMES, effort.rounds, (name) => slice(name, effort.sliceMs), progress),
    );
  } finally {
    await load.stop();
    await gateway?.stop();
    await site.stop();
  }
}
