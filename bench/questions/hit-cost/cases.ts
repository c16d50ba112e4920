import type { WireRequest } from "../../harness/load/order.ts";

interface Case {
  readonly title: string;
  readonly worker: string;
  /** Default: the bench's own number. */
  readonly connections?: number;
}

/** The cases, in the order of the tables. */
export const CASES = {
  constant: { title: "constant", worker: "constant" },
  map: { title: "bare Map", worker: "bare-map" },
  mapReading: { title: "bare Map that reads headers", worker: "bare-map-reading" },
  bareKv: { title: "bare KV.get", worker: "bare-kv" },
  tutorial: { title: "tutorial", worker: "tutorial" },
  memory: { title: "**memory hit**", worker: "gateway" },
  kv: { title: "**KV hit**", worker: "gateway-without-memory" },
  notModified: { title: "304 from memory", worker: "gateway" },
  head: { title: "HEAD from memory", worker: "gateway" },
  syncShared: { title: "sync, then hit; shared", worker: "gateway-of-syncs" },
  fill: { title: "fill", worker: "gateway-of-fills" },
  constantAlone: { title: "constant, 1 connection", worker: "constant", connections: 1 },
  sync: { title: "sync, then hit; 1 connection", worker: "gateway-of-syncs", connections: 1 },
} as const satisfies Record<string, Case>;

export type CaseName = keyof typeof CASES;
export const CASE_NAMES = Object.keys(CASES) as readonly CaseName[];

/**
 * Workers of the bench, besides the first: name → module. Fills evict entries that hits need, so they have their own
 * isolate; so do syncs, so that hits are compared with Workers that do nothing else.
 */
export const PEERS = {
  "gateway-without-memory": "gateway-without-memory",
  "gateway-of-syncs": "gateway",
  "gateway-of-fills": "gateway",
  constant: "constant",
  "bare-map": "bare-map",
  "bare-map-reading": "bare-map-reading",
  "bare-kv": "bare-kv",
  tutorial: "tutorial",
} as const;

/** The requests of each case, and the answers that they must get. */
export type Cases = Readonly<Record<CaseName, readonly WireRequest[]>>;

export const ADMIN_SECRET = "the bench's secret";

export function connectionsOf(name: CaseName, usual: number): number {
  const { connections = usual }: Case = CASES[name];
  return connections;
}

/** The limit, under the same load. */
export function limitOf(name: CaseName): CaseName {
  return "connections" in CASES[name] ? "constantAlone" : "constant";
}
