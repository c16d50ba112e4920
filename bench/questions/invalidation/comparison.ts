import { setTimeout as sleep } from "node:timers/promises";
import { startSupabase } from "../../../demo/supabase.ts";
import { type Gateway, startGateway } from "../../../demo/workerd.ts";
import {
  ADMIN_SECRET,
  PUBLISHABLE_KEY,
  pulling,
  settings,
  WEBHOOK_SECRET,
} from "../../../testing/gateway/stack.ts";
import { Random } from "../../../testing/random.ts";
import { changeOf } from "./changes.ts";
import { BOUND_MS } from "./gateway-config.ts";
import { queriesOf } from "./queries.ts";

export interface Comparison {
  readonly queries: number;
  readonly changes: number;
  /** Answers that differed from the origin's, out of all. */
  readonly wrong: readonly string[];
  readonly answers: number;
  /** Origin requests of a cache that refetches exactly what changed. */
  readonly clairvoyant: number;
  /** Origin requests after the first fills: row by row, and with every change flushing its table. */
  readonly precise: number;
  readonly tables: number;
}

const workerOf = (name: string) => new URL(`workers/${name}.ts`, import.meta.url).pathname;
const CONCURRENCY = 8;

/**
 * One database, two gateways: one pulls from capture's outbox, the other gets each change as a flush of its table, like
 * caches with a tag per table. After every change all queries are sent to the origin and to both.
 */
export async function compare(queryCount: number, changeCount: number, seed: number): Promise<Comparison> {
  const random = new Random(seed);
  const queries = queriesOf(queryCount, random);
  const supabase = await startSupabase({ publishableKey: PUBLISHABLE_KEY });
  const precise = await startGateway({
    entry: workerOf("precise"),
    env: { ...settings(supabase.url), ...pulling() },
  });
  const tables = await startGateway({ entry: workerOf("tables"), env: settings(supabase.url) });
  const told: Promise<void>[] = [];
  supabase.onChange((payload) => told.push(flush(tables, payload as { schema: string; table: string })));
  try {
    const all = (base: string) => inTurn(queries, (query) => ask(base + query));
    let truth = await all(supabase.url);
    for (let round = 0; round < 2; round++) for (const { url } of [precise, tables]) await all(url);
    await sleep(4 * BOUND_MS);
    for (const gateway of [precise, tables]) await admin(gateway, "stats/reset", {});

    const wrong: string[] = [];
    let [answers, clairvoyant] = [0, 0];
    for (let turn = 0; turn < changeCount; turn++) {
      const sql = changeOf(random, turn);
      await supabase.db.query(sql);
      await Promise.all(told.splice(0));
      // A read that begins a bound later must reflect it (I1).
      await sleep(BOUND_MS);
      const now = await all(supabase.url);
      clairvoyant += now.filter((answer, index) => answer !== truth[index]).length;
      truth = now;
      for (const [name, { url }] of [
        ["precise", precise],
        ["tables", tables],
      ] as const) {
        const given = await all(url);
        answers += given.length;
        for (const [index, answer] of given.entries()) {
          if (answer !== truth[index]) wrong.push(`${name}: ${queries[index]} after ${sql}`);
        }
      }
    }
    await sleep(4 * BOUND_MS);
    const requests = async (gateway: Gateway) => Number((await admin(gateway, "stats")).originRequests);
    const figures = { precise: await requests(precise), tables: await requests(tables) };
    return { queries: queries.length, changes: changeCount, wrong, answers, clairvoyant, ...figures };
  } finally {
    await Promise.all([precise.stop(), tables.stop()]);
    await supabase.stop();
  }
}

async function flush({ url }: Gateway, { schema, table }: { schema: string; table: string }): Promise<void> {
  const body = JSON.stringify({ type: "TRUNCATE", schema, table, record: null, old_record: null });
  const headers = { "content-type": "application/json", authorization: `Bearer ${WEBHOOK_SECRET}` };
  const response = await fetch(`${url}/_tidemark/webhook`, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`the flush of ${table} was answered ${response.status}`);
  await response.arrayBuffer();
}

/** Status, total and body, as one text. */
async function ask(url: string): Promise<string> {
  const response = await fetch(url, { headers: { apikey: PUBLISHABLE_KEY } });
  return `${response.status} ${response.headers.get("content-range")} ${await response.text()}`;
}

async function admin({ url }: Gateway, path: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${ADMIN_SECRET}`, "content-type": "application/json" };
  const init = body && { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(`${url}/_tidemark/${path}`, { headers, ...init });
  return (await response.json()) as Record<string, unknown>;
}

async function inTurn<T, U>(list: readonly T[], work: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < list.length; index = next++)
      results[index] = await work(list[index] as T);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results;
}
