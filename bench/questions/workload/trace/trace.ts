import { Draw } from "./draw.ts";
import type { Judged, Workload } from "./shapes.ts";

/** One of the queries of a trace. */
export interface Query {
  readonly id: number;
  readonly shape: Judged;
  readonly value: string;
  readonly path: string;
  /** By hand; none where nobody tags. */
  readonly tags: readonly string[];
  /** The user whose answer it is; null: one answer serves everybody who may ask. */
  readonly user: string | null;
  /** First and last time that the trace reads it, in milliseconds from its begin. */
  firstRead: number;
  lastRead: number;
}

export type Arrival = ReadArrival | WriteArrival;

export interface ReadArrival {
  readonly kind: "read";
  readonly at: number;
  readonly query: Query;
  readonly isolate: number;
  readonly client: number;
  /** Who asks, where readers sign in. */
  readonly session: Session | null;
}

/** A user with the token of the moment, which another one replaces every hour. */
export interface Session {
  readonly user: string;
  readonly token: string;
  /** When the token ends, in milliseconds from the trace's begin. */
  readonly expiresAt: number;
}

export interface WriteArrival {
  readonly kind: "write";
  readonly at: number;
  readonly sql: string;
  readonly tables: readonly string[];
  readonly tags: readonly string[];
}

export interface Trace {
  readonly arrivals: readonly Arrival[];
  readonly queries: readonly Query[];
}

export interface TraceOptions {
  readonly workload: Workload;
  /** The warm-up before counting, in which each isolate also reads each query once, as a long-lived one has. */
  readonly warmUpSeconds: number;
  /** The rate of the warm-up, as a share of `rate`. */
  readonly warmUpShare: number;
  readonly seconds: number;
  /** Requests a second, reads and writes together. */
  readonly rate: number;
  /** Of all requests. */
  readonly writeShare: number;
  readonly isolates: number;
  readonly seed: number;
}

const CLIENTS = 200;

/** The last part of the warm-up has only the trace's own arrivals. */
const WARMED_BY = 0.9;

/** Arrivals of a Poisson process: the next one does not wait for the previous answer. */
export function traceOf(options: TraceOptions): Trace {
  const { workload, warmUpSeconds, warmUpShare, rate, writeShare, isolates, seed } = options;
  const seconds = warmUpSeconds + options.seconds;
  const draw = new Draw(seed);
  const queries = new Map<string, Query>();
  const arrivals: Arrival[] = [];
  const rateAt = (at: number) => (at < warmUpSeconds * 1_000 ? rate * warmUpShare : rate);
  for (let at = draw.gap(rate), turn = 0; at < seconds * 1_000; at += draw.gap(rateAt(at)), turn++) {
    if (draw.unit() < writeShare) {
      const write = draw.weighted(workload.writes);
      const drawn = write.sql(draw, turn);
      const tagged = typeof drawn === "string" ? { sql: drawn, tags: [] } : drawn;
      arrivals.push({ kind: "write", at, ...tagged, tables: write.tables });
      continue;
    }
    const shape = draw.weighted(workload.shapes);
    const value = shape.value(draw);
    const path = shape.path(value);
    const id = queries.size;
    const tags = shape.tags?.(value) ?? [];
    const fresh = { id, shape, value, path, tags, user: null, firstRead: at, lastRead: at };
    const query = queries.get(path) ?? fresh;
    query.lastRead = at;
    queries.set(path, query);
    const [isolate, client] = [draw.below(isolates), draw.below(CLIENTS)];
    arrivals.push({ kind: "read", at, query, isolate, client, session: null });
  }
  for (const query of queries.values()) {
    for (let isolate = 0; isolate < isolates; isolate++) {
      const at = draw.unit() * WARMED_BY * warmUpSeconds * 1_000;
      query.firstRead = Math.min(query.firstRead, at);
      query.lastRead = Math.max(query.lastRead, at);
      arrivals.push({ kind: "read", at, query, isolate, client: draw.below(CLIENTS), session: null });
    }
  }
  return { arrivals: arrivals.sort((a, b) => a.at - b.at), queries: [...queries.values()] };
}
