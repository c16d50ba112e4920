import { fileURLToPath } from "node:url";
import { CAPTURE_SECRET, captureToken } from "../../../../demo/capture.ts";
import { type Gateway, startGateway } from "../../../../demo/workerd.ts";
import { Child } from "../../../harness/load/child.ts";
import { workerdPid } from "../../../harness/load/cpu.ts";
import { type Comparison, comparisonOf, READERS, ROUTES, type Round, type Route } from "./figures.ts";
import type { OriginOrder, StartedOrigin } from "./origin.ts";
import { askPage, clientOf, PAGES } from "./pages.ts";
import type { ReadOrder, ReadResult } from "./reader.ts";

export interface CompareEffort {
  readonly rounds: number;
  /** Reading that counts, per route, number of readers and round. */
  readonly sliceMs: number;
}

const KEY = "sb_publishable_bench";
const LEAD_IN_MS = 100;
const WARM_UP_MS = 500;
const HIT = "tidemark; hit; detail=memory";
const VERIFIED = "tidemark; hit; detail=verified";
const HITS = [HIT, VERIFIED];

/** The real client, directly to the database's API and through the gateway, in turn. */
export async function compareClients(
  effort: CompareEffort,
  progress: (text: string) => void,
): Promise<Comparison> {
  progress("starting Postgres");
  const database = new Child<OriginOrder, StartedOrigin>(new URL("origin.ts", import.meta.url));
  const readers = new Child<ReadOrder, ReadResult>(new URL("reader.ts", import.meta.url));
  let gateway: Gateway | undefined;
  try {
    const origin = await database.ask({ publishableKey: KEY });
    gateway = await startGateway({
      env: {
        SUPABASE_URL: origin.url,
        SUPABASE_PUBLISHABLE_KEY: KEY,
        TIDEMARK_CAPTURE_SECRET: CAPTURE_SECRET,
        TIDEMARK_CAPTURE_TOKEN: captureToken(),
      },
      entry: fileURLToPath(new URL("../workers/gateway-captured.ts", import.meta.url)),
    });
    const expected = await pagesOf(origin.url, fetch);
    await fill(gateway.url);
    const common = {
      ...{ key: KEY, expected, leadInMs: LEAD_IN_MS },
      processes: { workerd: workerdPid(), api: origin.pid, postgres: origin.postgresPid },
    };
    const orders: Record<Route, Omit<ReadOrder, "readers" | "countedMs">> = {
      straight: { ...common, url: origin.url, headers: {}, cacheStatus: [null] },
      hit: { ...common, url: gateway.url, headers: {}, cacheStatus: HITS },
      sync: {
        ...common,
        url: gateway.url,
        headers: { "cache-control": "no-cache" },
        cacheStatus: [VERIFIED],
      },
    };
    const slice = (route: Route, count: number, countedMs: number) =>
      readers.ask({ ...orders[route], readers: count, countedMs });

    progress("warming up");
    for (const route of ROUTES) await slice(route, Math.max(...READERS), WARM_UP_MS);
    const rounds: Round[] = [];
    for (let index = 0; index < effort.rounds; index++) {
      progress(`round ${index + 1} of ${effort.rounds}`);
      const results: { route: Route; readers: number; result: ReadResult }[] = [];
      for (const count of READERS) {
        for (const route of index % 2 === 0 ? ROUTES : ROUTES.toReversed()) {
          results.push({ route, readers: count, result: await slice(route, count, effort.sliceMs) });
        }
      }
      rounds.push(results);
    }
    return comparisonOf(rounds, { ...effort, bytes: Buffer.byteLength(expected[0] ?? "") });
  } finally {
    await readers.stop();
    await gateway?.stop();
    await database.stop();
  }
}

/**
 * Reads until each page is a hit: on a busy machine a first read may pass to the database, and is then not stored.
 *
 * @throws Error when that has not happened after so many reads
 */
async function fill(url: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    let misses = 0;
    await pagesOf(url, async (input, init) => {
      const response = await fetch(input, init);
      if (!HITS.includes(response.headers.get("cache-status") ?? "")) misses++;
      return response;
    });
    if (misses === 0) return;
  }
  throw new Error("The gateway stores no answers: there is nothing to compare");
}

/** Every page, as JSON. */
async function pagesOf(url: string, fetched: typeof fetch): Promise<string[]> {
  const client = clientOf(url, KEY, {}, fetched);
  const pages: string[] = [];
  for (let page = 0; page < PAGES; page++) {
    const { data, error } = await askPage(client, page);
    if (error) throw new Error(`page ${page} of ${url}: ${error.message}`);
    pages.push(JSON.stringify(data));
  }
  return pages;
}
