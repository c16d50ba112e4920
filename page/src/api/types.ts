import type { Health } from "../../../src/gateway/admin/health.ts";
import type { Warmed } from "../../../src/gateway/admin/warm.ts";
import type { EntriesPage, Explanation } from "../../../src/keeper/protocol/admin.ts";
import type { DetailedStats } from "../../../src/keeper/protocol/detailed-statistics.ts";
import type { CacheableRead } from "../../../src/keeper/protocol/entry.ts";
import type { Stats } from "../../../src/keeper/protocol/statistics.ts";

/** Fields that a keeper of an earlier version, which still answers during a deployment, leaves out. */
type Later = keyof DetailedStats | "auditRight";

export type KnownStats = Omit<Stats, Later> & Partial<Pick<Stats, Later>>;

type LaterOfEntry = "footprint" | "shared" | "invalidations" | "lastInvalidation";
type EntryNow = EntriesPage["entries"][number];

/** One registered query. */
export type Entry = Omit<EntryNow, LaterOfEntry> & Partial<Pick<EntryNow, LaterOfEntry>>;

export type Entries = Omit<EntriesPage, "entries"> & { readonly entries: readonly Entry[] };

/** `GET health`. */
export type HealthAnswer = Omit<Health, "issues"> & Partial<Pick<Health, "issues">>;

type ExplainedRead = Extract<Explanation, { readonly kind: "read" }>;

/** `POST explain`. Of a bypass only what stands here. */
export interface Explained
  extends Partial<Omit<ExplainedRead, "kind" | "audience" | "called" | "verdict">>,
    Partial<Pick<CacheableRead, "key">> {
  readonly kind: Explanation["kind"];
  readonly reason?: string;
  readonly because?: string;
  readonly shared?: string;
  readonly verdict?: NonNullable<ExplainedRead["verdict"]>;
}

/** `POST warm`. */
export interface WarmAnswer {
  readonly results: readonly Warmed[];
}
