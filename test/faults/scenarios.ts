import type { FaultName } from "./kinds/faults.ts";
import type { Changes } from "./processes/process-stack.ts";
import { BAD, GOOD, type Network, SILENT } from "./traffic/network.ts";

export interface Scenario {
  /** The invariants that it tries to break, and how. */
  readonly name: string;
  readonly changes: Changes;
  readonly network: Network;
  readonly faults: readonly FaultName[];
  /** The minimum number of faults of each kind. */
  readonly atLeast?: number;
  /** Left out of the short form because it takes too long. */
  readonly long?: true;
  /** One webhook is always lost, and the audit must find the stale answer. */
  readonly audit?: boolean;
}

const LATE: Network = { ...GOOD, twice: 20, lateMs: 400 };

/** Faults of every kind, alone and together. */
export const SCENARIOS: readonly Scenario[] = [
  { name: "I1, I5. no nudges at all", changes: "pulled", network: SILENT, faults: [] },
  { name: "I1, I5. nudges lost, twice, late", changes: "pulled", network: BAD, faults: [], long: true },
  { name: "I4, I9. workerd killed", changes: "pulled", network: BAD, faults: ["gateway"], atLeast: 2 },
  { name: "I9, I10. origin killed", changes: "pulled", network: BAD, faults: ["origin"], atLeast: 1 },
  { name: "I5, I9. Postgres restarted", changes: "pulled", network: BAD, faults: ["postgres"] },
  {
    name: "I5, I9. a backend of Postgres killed",
    changes: "pulled",
    network: BAD,
    faults: ["backend"],
    long: true,
  },
  {
    name: "I1, I7. schema and policies altered",
    changes: "pulled",
    network: BAD,
    faults: ["schema"],
    atLeast: 4,
  },
  {
    name: "I5. pruned past a sleeping keeper",
    changes: "pulled",
    network: SILENT,
    faults: ["prune"],
    atLeast: 2,
  },
  {
    name: "I1, I4, I5, I9. everything at once",
    changes: "pulled",
    network: BAD,
    faults: ["gateway", "origin", "postgres", "schema", "prune"],
    long: true,
  },
  { name: "I1. webhooks twice, in any order", changes: "hooked", network: LATE, faults: [] },
  { name: "I1, I9. webhooks lost", changes: "hooked", network: BAD, faults: [], audit: true },
  {
    name: "I4, I9. webhooks lost, workerd killed",
    changes: "hooked",
    network: BAD,
    faults: ["gateway"],
    atLeast: 2,
  },
];
