import type { SchemaQuestion } from "../keeper/ports.ts";
import type { KeeperSettings } from "../keeper/settings.ts";
import type { ResolvedConfig } from "./config.ts";

/** Recent bodies that the keeper holds: a quarter of a Durable Object's 128 MB. */
const KEEPER_MEMORY_BYTES = 33_554_432;

/** Of what the database shall describe itself; sorted, since another question makes another description. */
export function schemaQuestionOf({
  dependents,
  vouched,
  anonRole,
}: Pick<ResolvedConfig, "dependents" | "vouched" | "anonRole">): SchemaQuestion {
  return { tables: [...dependents.keys()].sort(), reader: vouched.obeysPolicies ? anonRole : null };
}

/** What the keeper needs of the configuration. */
export function keeperSettings(config: ResolvedConfig, flightGraceMs: number): KeeperSettings {
  return {
    configHash: config.hash,
    tables: config.tables,
    vouched: config.vouched,
    limits: { ...config.limits, keeperMemoryBytes: KEEPER_MEMORY_BYTES },
    // A row written for each sync that needs a younger proof: twice a bound at most.
    ownerTrustMs: 0,
    auditEveryMs: config.keeper.auditEveryMs,
    schemaReloadMs: config.keeper.schemaReloadMs,
    flightDeadlineMs: config.timeouts.originMs + flightGraceMs,
  };
}
