/**
 * The honest part, in a process of its own: readers in an open loop, and the application that updates what they read.
 * A seed determines the requests and their times, whatever else goes on.
 */
import postgres from "postgres";
import { answerOrders } from "../../../harness/load/child.ts";
import { Draw } from "../../workload/trace/draw.ts";
import { outcomeOf, read } from "../load/client.ts";
import { whenDue } from "../load/due.ts";
import { ARTICLES, COMMENTS, DOCUMENTS } from "../site/database.ts";
import { QUERIES, type Query, type ShownRow } from "../site/queries.ts";
import { type BystanderFigures, Seen } from "./seen.ts";
import { Truth } from "./truth.ts";

export interface BystandersOrder {
  /** URLs of the isolates, used in turn. */
  readonly urls: readonly string[];
  /** URL of the database's API, requested without the gateway now and then. */
  readonly origin: string;
  readonly databaseUrl: string;
  readonly seed: number;
  /** 0: warm-up, with every query once at every isolate, a few at a time, and no writes. */
  readonly forMs: number;
  readonly readsPerSecond: number;
  /** How old an answer may be. */
  readonly boundMs: number;
  /** The deadline of a read, in milliseconds: a later answer is an error. */
  readonly patienceMs: number;
}

const WRITES_PER_SECOND = 4;
const HONEST_NETWORK = "198.51.100.";
const ADDRESSES = 20;

const truth = new Truth();
let sql: postgres.Sql | undefined;

answerOrders<BystandersOrder, BystanderFigures>(run, async () => sql?.end({ timeout: 1 }));

async function run(order: BystandersOrder): Promise<BystanderFigures> {
  const { databaseUrl, origin, seed, forMs, readsPerSecond, urls } = order;
  sql ??= postgres(databaseUrl, { max: 1, onnotice: () => {} });
  const seen = new Seen();
  if (forMs === 0) {
    await warmUp(order, seen);
    return seen.figures();
  }
  const draw = new Draw(seed);
  const underWay: Promise<void>[] = [];
  const reading = whenDue(
    forMs,
    () => draw.gap(readsPerSecond),
    (intended) => {
      const query = QUERIES[draw.zipf(QUERIES.length) - 1] as Query;
      const from = HONEST_NETWORK + draw.below(ADDRESSES);
      const url = urls[draw.below(urls.length)] ?? "";
      underWay.push(ask({ query, from, url, intended }, order, seen));
    },
  );
  const probing = seen.probes.run(origin, QUERIES[0]?.target ?? "", forMs);
  await Promise.all([reading, probing, write(sql, seen, new Draw(seed + 1), forMs)]);
  await Promise.all(underWay);
  return seen.figures();
}

const WARMING_AT_ONCE = 4;

async function warmUp(order: BystandersOrder, seen: Seen): Promise<void> {
  const left = order.urls.flatMap((url) => QUERIES.map((query) => ({ url, query })));
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      await ask({ ...next, from: HONEST_NETWORK + ADDRESSES, intended: performance.now() }, order, seen);
    }
  };
  await Promise.all(Array.from({ length: WARMING_AT_ONCE }, worker));
}

interface Asked {
  readonly query: Query;
  readonly from: string;
  readonly url: string;
  readonly intended: number;
}

async function ask(asked: Asked, { boundMs, patienceMs }: BystandersOrder, seen: Seen): Promise<void> {
  const { query, from, url, intended } = asked;
  const askedAt = performance.now();
  seen.late(askedAt - intended);
  try {
    const answer = await read({ url, target: query.target, from, signal: AbortSignal.timeout(patienceMs) });
    const answeredAt = performance.now();
    seen.answered(answeredAt - intended, `${answer.status} ${outcomeOf(answer)}`);
    const text = answer.body.toString();
    if (answer.status === 200) {
      const rows = JSON.parse(text) as ShownRow[];
      const fault = truth.judge(query, rows, boundMs, { askedAt, answeredAt });
      if (fault) seen.fault(fault.kind, `${query.target}, ${outcomeOf(answer)}: ${fault.why}`);
    } else {
      const what = `${answer.status} ${outcomeOf(answer)}: ${text.slice(0, 200)}`;
      seen.failed(askedAt, `${query.target}: ${what}`);
    }
  } catch (error) {
    seen.answered(performance.now() - intended, "no answer");
    seen.failed(askedAt, `${query.target}: ${error}`);
  }
}

/** The application updates rows that readers see, and every fourth time one of 5 KB that they do not, in sequence. */
async function write(sql: postgres.Sql, seen: Seen, draw: Draw, forMs: number): Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  let count = 0;
  await whenDue(
    forMs,
    () => 1_000 / WRITES_PER_SECOND,
    () => {
      const table = (["articles", "comments", "articles", "documents"] as const)[count++ % 4] ?? "articles";
      const id = 1 + draw.below({ articles: ARTICLES, comments: COMMENTS, documents: DOCUMENTS }[table]);
      last = last.then(async () => {
        const done = truth.update(`${table}/${id}`);
        await sql`update ${sql(table)} set version = version + 1 where id = ${id}`;
        done();
        seen.writes++;
      });
    },
  );
  await last;
}
