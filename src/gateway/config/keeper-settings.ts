import type { SchemaQuestion } from "../../keeper/ports/ports.ts";
import type { KeeperSettings } from "../../keeper/ports/settings.ts";
import type { ResolvedConfig } from "./config.ts";

/**
 * Memory for the keeper's recent bodies: 24 MiB. With as much for its registry by default (`limits.registryBytes`) and
 * 10 MB for code and schema, it stays below 64 MB. That is half of a Durable Object's 128 MB; a large pull or a burst
 * of fills needs the rest.
 */
const KEEPER_MEMORY_BYTES = 25_165_824;

/** A flight may outlive the origin request's own deadline, which normally ends it, by this much. */
const FLIGHT_GRACE_MS = 1_000;

/** What to ask the database about its schema. Sorted, because another question would give another description. */
export function schemaQuestionOf({
  dependents,
  functions,
  declared,
  anonRole,
  audiences,
  keeper,
}: Pick<
  ResolvedConfig,
  "dependents" | "functions" | "declared" | "anonRole" | "audiences" | "keeper"
>): SchemaQuestion {
  const relations = new Set([...dependents.keys(), ...functions.keys(), ...(keeper.rows?.tables ?? [])]);
  return {
    tables: [...relations].sort(),
    reader: declared.obeysPolicies ? anonRole : null,
    roles: audiences.roles,
  };
}

/** The settings of the keeper. */
export function keeperSettings(config: ResolvedConfig): KeeperSettings {
  return {
    configHash: config.hash,
    tables: new Map([...config.tables, ...config.functions]),
    declared: config.declared,
    audiences: config.audiences,
    limits: { ...config.limits, keeperMemoryBytes: KEEPER_MEMORY_BYTES },
    // Writes a row for each sync that needs a younger proof: at most twice per bound.
    ownerTrustMs: 0,
    auditEveryMs: config.keeper.auditEveryMs,
    schemaReloadMs: config.keeper.schemaReloadMs,
    flightDeadlineMs: config.timeouts.originMs + FLIGHT_GRACE_MS,
  };
}
