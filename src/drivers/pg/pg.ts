// Package export "tidemark/pg".

export type { RowSource, ToldRows } from "../../rows/row-source.ts";
export {
  type PostgresChangesOptions,
  type PostgrestChangesOptions,
  postgresChanges,
  postgrestChanges,
} from "../../rows/sources/postgres-changes.ts";
export {
  type ReceiveWebhookOptions,
  receiveWebhook,
  type WebhookChangesOptions,
  webhookChanges,
} from "../../rows/sources/webhook-changes.ts";
export type { AnswerOptions, DriverEvent, DriverOptions, QueryOptions } from "../read/options.ts";
export type { StatementStatistics } from "../read/statistics.ts";
export { PASS_THROUGH, type PassThroughReason } from "../sql/pass-through.ts";
export { type CachedPgExtras, type CachedPgOptions, cachedPg } from "./cached-pg.ts";
export { PoolIdentityError } from "./identity.ts";
