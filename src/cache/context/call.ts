import type { RowReads } from "../../rows/rows.ts";
import type { Tier } from "../entry/events.ts";
import type { Phase } from "../entry/freshness.ts";
import type { MemoryEntry } from "../entry/memory-entry.ts";
import type { Name } from "../entry/names.ts";
import type { Policy } from "../entry/policy.ts";

/** What a load is given. */
export interface LoadContext {
  readonly key: string;
  /** Aborts when the load takes longer than `hardTimeout`. Pass it to `fetch`. */
  readonly signal: AbortSignal;
}

/** Loads a value from its source. `undefined` means that there is no such thing. What it throws, the caller gets. */
export type Load<T> = (context: LoadContext) => T | Promise<T>;

/** One read or write of one key, with its options resolved. */
export interface Call {
  readonly key: string;
  /** The key with its namespace. */
  readonly qualified: string;
  readonly policy: Policy;
  /** The names of the entry that are known before its value is. */
  readonly names: readonly Name[];
  readonly load: Load<unknown>;
  /** What its load reads, if it says so. */
  reads?: RowReads<never>;
  /** True for an entry that this call must not be served with, although its names stand. */
  refuses?: (entry: MemoryEntry) => boolean;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** True when other readers of this isolate use a fresh entry that this call's schema refuses: do not replace it. */
  inUse?: boolean;
}

/** What a tier, or a load that was joined, has for a call. */
export interface Candidate {
  readonly entry: MemoryEntry;
  /** What the call's schema has made of it. */
  readonly value: unknown;
  readonly tier: Tier | "source";
  readonly phase: Phase;
}

/** The result of a flight, for its leader and for those that joined: plain data. */
export interface Landing {
  readonly entry: MemoryEntry;
  readonly from: "store" | "source";
}
