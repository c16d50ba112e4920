import { median } from "../../harness/quantile.ts";
import { type Article, type LoadArticle, PEERS, type Peer, type TextStore, tidemark } from "./peers.ts";

interface Row {
  readonly name: string;
  /** Nanoseconds per operation, the median of the rounds; missing if the peer has no such operation. */
  readonly nanoseconds?: number;
  /** This peer's time over Tidemark's, the median of the ratios taken within each round: 2 means twice as slow. */
  readonly ratio?: number;
}

export interface Table {
  readonly what: string;
  readonly rows: readonly Row[];
}

/** How much to measure. More rounds make medians steadier; operations are per round and peer. */
export interface Effort {
  readonly rounds: number;
  readonly operations: number;
}

type Operation = (index: number) => Promise<unknown>;
type Candidate = { readonly name: string; readonly operation: Operation | undefined };

const KEYS = Array.from({ length: 1_000 }, (_, n) => `article:${n}`);
const BATCH = 100;

export async function memoryHit(effort: Effort): Promise<Table> {
  const candidates = all().map((peer) => {
    const read = peer.inMemory(load);
    return { name: peer.name, operation: (index: number) => read(KEYS[index % KEYS.length] as string) };
  });
  return { what: "memory hit", rows: await compare(candidates, effort) };
}

export async function storeHit(effort: Effort): Promise<Table> {
  const candidates = all().map((peer): Candidate => {
    const read = peer.overStore?.(load, textStore());
    if (read === undefined) return { name: peer.name, operation: undefined };
    return { name: peer.name, operation: (index) => read(KEYS[index % KEYS.length] as string) };
  });
  return {
    what: "store hit (no first tier, a store of text in memory)",
    rows: await compare(candidates, effort),
  };
}

export async function miss(effort: Effort): Promise<Table> {
  const candidates = all().map((peer) => {
    const read = peer.inMemory(load);
    let n = 0;
    return { name: peer.name, operation: () => read(`miss:${n++}`) };
  });
  return { what: "miss (the load takes no time)", rows: await compare(candidates, effort) };
}

export async function hundredKeys(effort: Effort): Promise<Table> {
  const candidates = all().map((peer): Candidate => {
    const read = peer.inMemory(load);
    const many = peer.many?.(load) ?? ((keys: readonly string[]) => Promise.all(keys.map(read)));
    const batches = Array.from({ length: KEYS.length / BATCH }, (_, n) =>
      KEYS.slice(n * BATCH, (n + 1) * BATCH),
    );
    const operation = (index: number) => many(batches[index % batches.length] as string[]);
    return { name: peer.many === undefined ? `${peer.name} (100 calls)` : peer.name, operation };
  });
  return { what: "100 keys at once, all in memory", rows: await compare(candidates, effort) };
}

/** In turns within each round, so that whatever else the machine does falls on all of them. */
async function compare(candidates: readonly Candidate[], effort: Effort): Promise<Row[]> {
  const times = candidates.map((): number[] => []);
  for (const { operation } of candidates)
    if (operation !== undefined) await timed(operation, effort.operations);
  for (let round = 0; round < effort.rounds; round++) {
    for (const [index, { operation }] of candidates.entries()) {
      if (operation !== undefined) times[index]?.push(await timed(operation, effort.operations));
    }
  }
  const own = times[0] ?? [];
  return candidates.map(({ name, operation }, index) => {
    if (operation === undefined) return { name };
    const theirs = times[index] ?? [];
    const ratios = theirs.map((time, round) => time / (own[round] ?? Number.NaN));
    return { name, nanoseconds: median(theirs), ratio: median(ratios) };
  });
}

async function timed(operation: Operation, operations: number): Promise<number> {
  const start = process.hrtime.bigint();
  for (let index = 0; index < operations; index++) await operation(index);
  return Number(process.hrtime.bigint() - start) / operations;
}

function all(): readonly Peer[] {
  return [tidemark, ...PEERS];
}

const load: LoadArticle = async (key): Promise<Article> => ({
  id: key,
  title: "On the tide",
  body: "It comes in twice a day. ".repeat(20),
  tags: ["sea", "moon", "time"],
});

function textStore(): TextStore {
  const texts = new Map<string, string>();
  return {
    get: async (key) => texts.get(key),
    set: async (key, text) => {
      texts.set(key, text);
    },
  };
}
