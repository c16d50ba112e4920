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
