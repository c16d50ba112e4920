import type { ResolvedConfig } from "../../src/gateway/config/config.ts";
import { resolveConfig } from "../../src/gateway/config/resolve-config.ts";
import { ROLES } from "../database/people.ts";
import { SIGNED_IN_TABLES } from "../database/signed-in-queries.ts";
import type { Settings, SignedInSettings } from "../history/history.ts";

export const KEY = "sb_publishable_simulated";

/** The longest bound of a read; a request asks for less by `max-age`. */
export const FRESHNESS_MS = 60_000;

/** The gateway's part of the configuration that a history has, for those who sign in. */
export function gatewayConfig(settings: Settings, { recheckMs }: SignedInSettings): ResolvedConfig {
  const { staleIfErrorMs, changesCome } = settings;
  const table = {
    freshness: seconds(FRESHNESS_MS),
    ttl: seconds(ttlOf(settings)),
    staleWhileRevalidate: seconds(staleBeyondFreshness(settings)),
    staleIfError: seconds(staleIfErrorMs),
  };
  return resolveConfig(
    {
      tables: Object.fromEntries(SIGNED_IN_TABLES.map((name) => [name, table])),
      audiences: { roles: [...ROLES], recheck: seconds(recheckMs) },
    },
    {
      SUPABASE_URL: "https://project.invalid",
      SUPABASE_PUBLISHABLE_KEY: KEY,
      // Without capture nobody's reads with a token are cached.
      TIDEMARK_CAPTURE_SECRET: changesCome === "by-pull" ? "a secret of the simulator's" : "",
    },
  );
}

/** How much older than `FRESHNESS_MS` an answer may be that is given at once: with it, at most the time to live. */
export function staleBeyondFreshness(settings: Settings): number {
  return Math.min(settings.staleWhileRevalidateMs, ttlOf(settings) - FRESHNESS_MS);
}

function ttlOf({ ttlMs }: Settings): number {
  return Math.max(ttlMs, FRESHNESS_MS);
}

function seconds(milliseconds: number): `${number}s` {
  return `${milliseconds / 1_000}s`;
}
