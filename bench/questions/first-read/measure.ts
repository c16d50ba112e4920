import { fileURLToPath } from "node:url";
import { CAPTURE_SECRET, captureToken } from "../../../demo/capture.ts";
import { type Gateway, startGateway } from "../../../demo/workerd.ts";
import { Child } from "../../harness/load/child.ts";
import type { SiteState } from "../signed-in/database/origin.ts";
import { PUBLISHABLE_KEY, userToken } from "../signed-in/database/site.ts";
import { farOrigin } from "./far-origin.ts";

export const STATES = ["keeper and isolate cold", "isolate cold", "keeper cold"] as const;
export type State = (typeof STATES)[number];

export const READERS = ["anonymous", "signed in"] as const;
export type Reader = (typeof READERS)[number];

/**
 * A read that meets something cold, and the same read in the same moment through a Worker that does nothing but ask the origin, and
 * has just started if the gateway's isolate has.
 */
export interface FirstRead {
  readonly state: State;
  readonly reader: Reader;
  readonly tookMs: number;
  readonly straightMs: number;
  readonly status: string;
}

const ISOLATES = ["first", "second"];
const PEERS = ["any", "peer-of-first", "peer-of-second"] as const;

/** Past the bound, so that a fence is too old. */
const REST_MS = 1_500;

/** Reads of keys that were never read before, each after something has started. */
export async function measureFirstReads(
  { roundTripMs, repeats }: { readonly roundTripMs: number; readonly repeats: number },
  progress: (text: string) => void,
): Promise<FirstRead[]> {
  progress("starting Postgres");
  const site = new Child<object, SiteState>(new URL("../signed-in/database/origin.ts", import.meta.url));
  const { url: near } = await site.ask({});
  const origin = await farOrigin(near, roundTripMs);
  const measured: FirstRead[] = [];
  const env = {
    ...{ SUPABASE_URL: origin.url, SUPABASE_PUBLISHABLE_KEY: PUBLISHABLE_KEY },
    ...{ TIDEMARK_CAPTURE_SECRET: CAPTURE_SECRET, TIDEMARK_CAPTURE_TOKEN: captureToken() },
  };
  const moduleOf = (worker: string) => fileURLToPath(new URL(`workers/${worker}.ts`, import.meta.url));
  const peers = Object.fromEntries(PEERS.map((name) => [name, moduleOf("straight")]));
  const start = () => startGateway({ env, entry: moduleOf("gateway"), isolates: ISOLATES, peers });
  const note = async (state: State, reader: Reader, url: string, peer: string) => {
    const straight = await timed(peer + nextPath(), reader);
    const { tookMs, status } = await timed(url + nextPath(), reader);
    measured.push({ state, reader, tookMs, straightMs: straight.tookMs, status });
  };
  try {
    for (const reader of READERS) for (let n = 0; n < 5; n++) await timed(origin.url + nextPath(), reader);
    for (const reader of READERS) {
      for (let n = 0; n < repeats; n++) {
        progress(`${reader}, ${n + 1} of ${repeats}`);
        const gateway = await start();
        const { urlOf } = gateway;
        try {
          // What workerd itself takes for its first request is nobody's.
          await timed(urlOf("any") + nextPath(), reader);
          await note("keeper and isolate cold", reader, urlOf("first"), urlOf("peer-of-first"));
          await settled(gateway, reader);
          await note("isolate cold", reader, urlOf("second"), urlOf("peer-of-second"));
          await rested();
          await fetch(`${urlOf("first")}/__bench/end-keeper`);
          await note("keeper cold", reader, urlOf("first"), urlOf("any"));
        } finally {
          await gateway.stop();
        }
      }
    }
    return measured;
  } finally {
    await origin.stop();
    await site.stop();
  }
}

let numbered = 0;
const nextPath = () => `/rest/v1/articles?select=id,title,body&id=gt.${++numbered}&order=id&limit=7`;

/** Reads until the gateway answers from its cache. */
async function settled(gateway: Gateway, reader: Reader): Promise<void> {
  const path = nextPath();
  for (let n = 0; n < 100; n++) {
    const { status } = await timed(gateway.urlOf("first") + path, reader);
    if (status.includes("hit")) return;
    await new Promise((resolve) => void setTimeout(resolve, 100));
  }
  throw new Error("the gateway caches nothing");
}

const rested = () => new Promise<void>((resolve) => void setTimeout(resolve, REST_MS));

async function timed(
  url: string,
  reader: Reader,
): Promise<{ readonly tookMs: number; readonly status: string }> {
  const token = reader === "anonymous" ? {} : { authorization: `Bearer ${userToken(1)}` };
  const from = performance.now();
  const response = await fetch(url, { headers: { apikey: PUBLISHABLE_KEY, ...token } });
  const body = await response.arrayBuffer();
  const tookMs = performance.now() - from;
  if (!response.ok) throw new Error(`${url}: ${response.status} ${new TextDecoder().decode(body)}`);
  return { tookMs, status: response.headers.get("cache-status") ?? "" };
}
