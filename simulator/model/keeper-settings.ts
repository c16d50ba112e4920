import { type KeeperSettings, NOBODY_SIGNED_IN } from "../../src/keeper/ports/settings.ts";
import { ROLES } from "../database/people.ts";
import { SIGNED_IN_TABLES } from "../database/signed-in-queries.ts";
import type { Settings } from "../history/history.ts";

/** The keeper's part of the configuration that a history has. */
export function keeperSettings(settings: Settings, configHash: string): KeeperSettings {
  const table = {
    freshnessMs: 10_000,
    ttlMs: settings.ttlMs,
    staleIfErrorMs: settings.staleIfErrorMs,
  };
  const names = ["items", "notes", ...(settings.signedIn ? SIGNED_IN_TABLES : [])];
  const tables = names.map((name) => `public.${name}`);
  const { maxKeys, refillsPerMinute, kvWritesPerDay } = settings;
  return {
    configHash,
    tables: new Map(tables.map((name) => [name, table])),
    declared: { dependsOn: new Map(), tables: new Set(tables) },
    audiences: settings.signedIn
      ? { roles: ROLES, recheckMs: settings.signedIn.recheckMs, claims: new Map() }
      : NOBODY_SIGNED_IN,
    limits: {
      maxKeys,
      refillsPerMinute,
      kvWritesPerDay,
      newKeysPerClientPerMinute: 100_000,
      keeperMemoryBytes: 1_000_000,
      registryBytes: 10_000_000,
    },
    flightDeadlineMs: 9_000,
    ownerTrustMs: 0,
    auditEveryMs: settings.auditEveryMs,
    schemaReloadMs: settings.schemaReloadMs,
  };
}
