import type { ClaimPath } from "../../postgrest/claims/claims.ts";
import type { Declared } from "../../postgrest/footprint/footprint.ts";

/** What the keeper needs of the resolved configuration. */
export interface KeeperSettings {
  /** A hash of everything in the configuration that shapes an answer or its validity; part of the generation. */
  readonly configHash: string;
  /** Per configured relation, `schema.table`. */
  readonly tables: ReadonlyMap<string, TableSettings>;
  /** What the configuration says about relations. */
  readonly declared: Declared;
  /** Whose reads with a token of their own are cached. */
  readonly audiences: SignedIn;
  readonly limits: KeeperLimits;
  /** Without capture: for how many milliseconds after a write an instance assumes that no other has superseded it. */
  readonly ownerTrustMs: number;
  /** How often a key is asked for again to compare, in milliseconds; 0: never. */
  readonly auditEveryMs: number;
  /** For how many milliseconds after a change of the schema the API may answer by the old one; 0: not at all. */
  readonly schemaReloadMs: number;
  /** A flight that takes longer is given up, in milliseconds. */
  readonly flightDeadlineMs: number;
}

/** What the configuration says about readers who sign in. */
export interface SignedIn {
  /** The roles whose reads are cached. Empty: none are. */
  readonly roles: readonly string[];
  /** For how many milliseconds the database's word for a token counts (S3). */
  readonly recheckMs: number;
  /** For functions that cannot be looked into, "schema.name": the claims that they read. */
  readonly claims: ReadonlyMap<string, readonly ClaimPath[]>;
}

/** Reads with a token are not cached. */
export const NOBODY_SIGNED_IN: SignedIn = { roles: [], recheckMs: 0, claims: new Map() };

export interface TableSettings {
  readonly freshnessMs: number;
  readonly ttlMs: number;
  readonly staleIfErrorMs: number;
}

export interface KeeperLimits {
  readonly maxKeys: number;
  /** About how many bytes of memory the registered keys may take, with their shapes and windows. */
  readonly registryBytes: number;
  readonly newKeysPerClientPerMinute: number;
  readonly kvWritesPerDay: number;
  readonly refillsPerMinute: number;
  /** Bytes of recent bodies that the keeper holds in memory. */
  readonly keeperMemoryBytes: number;
}
