import type { KeeperParts } from "../keeper/ports/parts.ts";
import type { Described } from "../keeper/ports/ports.ts";
import { logEvent } from "../keeper/protocol/operator-event.ts";
import type { Position } from "../keeper/protocol/position.ts";
import type { DatabaseTarget } from "../origin/ask-database.ts";
import { type OriginTargets, originPorts } from "../origin/entrypoint.ts";
import { parseSchema } from "../postgrest/schema/parse-schema.ts";
import type { RowMap } from "../rows/row-map.ts";
import { FollowError } from "../rows/row-source.ts";
import { postgresMap } from "../rows/sources/postgres-map.ts";
import { keyedDigest } from "../runtime/keyed-digest.ts";
import { credentialsOf } from "./classify/audience.ts";
import { databaseTarget } from "./classify/database-target.ts";
import type { ResolvedConfig } from "./config/config.ts";
import type { GatewayEnv } from "./config/env.ts";
import { keeperSettings, schemaQuestionOf } from "./config/keeper-settings.ts";
import { mayVaryBy } from "./http/headers/varying.ts";
import { isTooShort, MIN_SECRET_LENGTH } from "./http/secret-strength.ts";
import { mirrorNamed } from "./mirrors/mirror-object.ts";
import { putEntry } from "./reader/kv/kv.ts";

/** Everything that the gateway gives to the keeper's Durable Object: all of its I/O but its storage is made here. */
export function keeperParts(ctx: DurableObjectState, env: GatewayEnv, config: ResolvedConfig): KeeperParts {
  const { origin, database } = originPorts(ctx, schemaQuestionOf(config), originTargets(env, config));
  const { MIRROR } = env;
  return {
    settings: keeperSettings(config),
    origin,
    database: captureSecretOf(env) === "" ? null : database,
    digest: keyedDigest(crypto.getRandomValues(new Uint8Array(32))),
    isTold: config.keeper.rows !== null,
    rowsOf: (described) => rowsOf(described, config),
    store: { put: (key, entry, expirationSeconds) => putEntry(env.KV, key, entry, expirationSeconds) },
    ...(MIRROR &&
      config.mirrors && {
        nudgeMirror: (name: string, position: Position) => mirrorNamed(MIRROR, name).nudge(position),
      }),
  };
}

/** What the library's caches in this Worker may read. A column that cannot be followed is said in the log, and nothing is read. */
function rowsOf(
  described: Pick<Described, "schema" | "watched"> | null,
  { keeper: { rows }, defaultSchema }: ResolvedConfig,
): RowMap | undefined {
  if (rows === null || described?.watched == null) return undefined;
  try {
    return postgresMap(parseSchema(described.schema), new Set(described.watched), rows.follow, [
      defaultSchema,
    ]);
  } catch (error) {
    if (!(error instanceof FollowError)) throw error;
    logEvent({ event: "source-misconfigured", code: error.code, message: error.message });
    return undefined;
  }
}

/** Where the `Origin` entrypoint sends what the keeper asks. */
export function originTargets(env: GatewayEnv, config: ResolvedConfig): OriginTargets {
  const { keys, headers, limits, timeouts } = config;
  return {
    originFor: ({ audience }) => ({
      url: config.origin + config.restPath,
      credentials: credentialsOf(audience, keys),
      keptHeaders: headers.response,
      deadlineMs: timeouts.originMs,
      maxBodyBytes: limits.maxBodyBytes,
      mayVaryBy: (name) => mayVaryBy(name, headers),
    }),
    database: () => databaseOf(env, config),
  };
}

function captureSecretOf(env: GatewayEnv): string {
  return env.TIDEMARK_CAPTURE_SECRET?.trim() ?? "";
}

/** A secret in the environment is not used. The message names it, and does not repeat it. */
class SecretError extends Error {
  override readonly name = "SecretError";
  readonly code = "secret-too-short";
}

/**
 * A secret that can be guessed is never sent to the database. The keeper then finds that the database does not answer,
 * so nothing is proven and reads pass through. Treating it as missing would be worse: the keeper would expect
 * webhooks, which do not come.
 *
 * @throws SecretError
 */
function databaseOf(env: GatewayEnv, config: ResolvedConfig): DatabaseTarget {
  const secret = captureSecretOf(env);
  if (isTooShort(secret)) {
    throw new SecretError(`TIDEMARK_CAPTURE_SECRET is shorter than ${MIN_SECRET_LENGTH} characters`);
  }
  return databaseTarget(config, { token: env.TIDEMARK_CAPTURE_TOKEN, secret });
}
