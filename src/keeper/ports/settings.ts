import type { Declared } from "../../postgrest/footprint/footprint.ts";

/** What the keeper needs of the configuration, resolved. */
export interface KeeperSettings {
  /** Everything in the configuration that shapes an answer or its validity; a part of the generation. */
  readonly configHash: string;
  /** Per configured relation, `schema.table`. */
  readonly tables: ReadonlyMap<string, TableSettings>;
  /** What the configuration says about relations. */
  readonly declared: Declared;
  readonly limits: KeeperLimits;
  /** Without capture: how long an instance trusts a write of its own to mean that no other has superseded it. */
  readonly ownerTrustMs: number;
  /** A key is asked for anew this often, to compare; 0: never. */
  readonly auditEveryMs: number;
  /** The API may answer by its old schema for this long after the keeper has learned of a change; 0: it does not. */
  readonly schemaReloadMs: number;
  /** A flight that has not ended by then is given up, in milliseconds. */
  readonly flightDeadlineMs: number;
}

export interface TableSettings {
  readonly freshnessMs: number;
  readonly ttlMs: number;
  readonly staleIfErrorMs: number;
}

export interface KeeperLimits {
  readonly maxKeys: number;
  /** About how much memory the registered keys may take, with their shapes and windows, in bytes. */
  readonly registryBytes: number;
  readonly newKeysPerClientPerMinute: number;
  readonly kvWritesPerDay: number;
  readonly refillsPerMinute: number;
  /** Recent bodies that the keeper holds in memory, in bytes. */
  readonly keeperMemoryBytes: number;
}
