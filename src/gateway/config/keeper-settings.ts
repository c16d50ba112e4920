import type { SchemaQuestion } from "../../keeper/ports/ports.ts";
import type { KeeperSettings } from "../../keeper/ports/settings.ts";
import type { ResolvedConfig } from "./config.ts";

/**
 * Recent bodies that the keeper holds: 24 MiB. With as much for its registry by default (`limits.registryBytes`), and
 * 10 MB for code and schema, it stays below 64 MB: half of a Durable Object's 128, as a large pull or a burst of fills
 * needs the rest.
 */
const KEEPER_MEMORY_BYTES = 25_165_824;

/** Of what the database shall describe itself; sorted, since another question makes another description. */
export function schemaQuestionOf({
  dependents,
  declared,
  anonRole,
}: Pick<ResolvedConfig, "dependents" | "declared" | "anonRole">): SchemaQuestion {
  return { tables: [...dependents.keys()].sort(), reader: declared.obeysPolicies ? anonRole : null };
}

/** What the keeper needs of the configuration. */
export function keeperSettings(config: ResolvedConfig, flightGraceMs: number): KeeperSettings {
  return {
    configHash: config.hash,
    tables: config.tables,
    declared: config.declared,
    limits: { ...config.limits, keeperMemoryBytes: KEEPER_MEMORY_BYTES },
    // A row written for each sync that needs a younger proof: twice a bound at most.
    ownerTrustMs: 0,
    auditEveryMs: config.keeper.auditEveryMs,
    schemaReloadMs: config.keeper.schemaReloadMs,
    flightDeadlineMs: config.timeouts.originMs + flightGraceMs,
  };
}
