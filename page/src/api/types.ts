import type { EntriesPage } from "../../../src/keeper/protocol/admin.ts";
import type { DetailedStats } from "../../../src/keeper/protocol/detailed-statistics.ts";
import type { Stats } from "../../../src/keeper/protocol/statistics.ts";

/** Fields that a keeper of an earlier version, which still answers during a deployment, leaves out. */
type Later = keyof DetailedStats | "auditRight";

export type KnownStats = Omit<Stats, Later> & Partial<Pick<Stats, Later>>;

type LaterOfEntry = "footprint" | "shared" | "invalidations" | "lastInvalidation";
type EntryNow = EntriesPage["entries"][number];

/** One registered query. */
export type Entry = Omit<EntryNow, LaterOfEntry> & Partial<Pick<EntryNow, LaterOfEntry>>;

export interface Entries {
  readonly entries: readonly Entry[];
  readonly cursor: string | null;
  readonly total: number;
}

/** A setting that is wrong, and how to mend it. */
export interface Issue {
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

/** `GET health`. */
export interface HealthAnswer {
  readonly status: string;
  readonly mode: string;
  readonly version: string;
  readonly keeper: string;
  readonly schema: string;
  readonly changes: string;
  readonly failures: readonly { readonly what: string; readonly code: string; readonly since: string }[];
  /** What is wrong in the Worker's environment. */
  readonly issues?: readonly Issue[];
}

/** `POST explain`. Of a bypass only the first four. */
export interface Explained {
  readonly kind: "read" | "bypass";
  readonly reason?: string;
  readonly because?: string;
  readonly shared?: string;
  readonly key?: string;
  readonly audience?: string;
  readonly relation?: string;
  readonly relations?: readonly string[];
  readonly caveats?: readonly { readonly kind: string; readonly culprit: string }[];
  readonly registered?: boolean;
  readonly windowKnown?: boolean;
  readonly schemaKnown?: boolean;
  readonly byAgeForMs?: number;
  readonly verdict?: { readonly affected: boolean; readonly rule?: string; readonly because: string };
}

/** `POST warm`. */
export interface Warmed {
  readonly results: readonly {
    readonly query: string;
    readonly status?: number;
    readonly cacheStatus?: string;
    readonly bypass?: string;
  }[];
}
