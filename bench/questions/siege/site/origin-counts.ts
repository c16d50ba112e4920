/** The requests to the database, by honest or hostile client as far as a request tells. */
export interface OriginCounts {
  /** Reads of the tables that honest readers read. */
  readonly honestReads: number;
  /** Reads of the tables that only hostile clients read. */
  readonly hostileReads: number;
  readonly pulls: number;
  readonly schemas: number;
  readonly prunes: number;
  readonly other: number;
}

export type OriginOperation = keyof OriginCounts;

export const NO_OPERATIONS: OriginCounts = {
  honestReads: 0,
  hostileReads: 0,
  pulls: 0,
  schemas: 0,
  prunes: 0,
  other: 0,
};

const BY_PATH: Readonly<Record<string, OriginOperation>> = {
  authors: "honestReads",
  articles: "honestReads",
  comments: "honestReads",
  documents: "hostileReads",
  counters: "hostileReads",
  slow: "hostileReads",
  "rpc/tidemark_changes": "pulls",
  "rpc/tidemark_schema": "schemas",
  "rpc/tidemark_prune": "prunes",
};

/** @param path of a request, without its query */
export function operationOf(path: string): OriginOperation {
  return BY_PATH[path.replace("/rest/v1/", "")] ?? "other";
}

/** The operations between `before` and `now`. */
export function since(now: OriginCounts, before: OriginCounts): OriginCounts {
  const names = Object.keys(now) as OriginOperation[];
  return Object.fromEntries(names.map((name) => [name, now[name] - before[name]])) as unknown as OriginCounts;
}

export function total(counts: OriginCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
