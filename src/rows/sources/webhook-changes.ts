import { type Binding, stubOf } from "../../fence/library-fence.ts";
import { handleWebhook } from "../../gateway/changes/webhook.ts";
import type { FollowedTable } from "../row-map.ts";
import type { ToldRows } from "../row-source.ts";

/** Which tables webhooks tell of. */
export interface WebhookChangesOptions {
  /** By table, the columns by which its rows are told apart: `{ posts: ["id", "author_id"] }`. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** The schemas in which names without one are looked for. Default `["public"]`. */
  readonly schemas?: readonly string[];
}

/**
 * Changes that a database tells by webhooks (Supabase's Database Webhooks), where nothing may be installed. For
 * `libraryKeeper`, with `receiveWebhook` at the address that they go to. They may be lost or late, so `freshness` counts from
 * when one arrives, and `ttl` is the bound for one that does not.
 */
export function webhookChanges({ tables, schemas = ["public"] }: WebhookChangesOptions): ToldRows {
  const full = (name: string) => (name.includes(".") ? name : `${schemas[0] ?? "public"}.${name}`);
  const followed = Object.entries(tables).map(([name, columns]): [string, FollowedTable] => [
    full(name),
    { columns: null, followed: columns },
  ]);
  return { told: { tables: Object.fromEntries(followed), unwatched: [], views: {}, schemas } };
}

/** Which keeper, and what its callers must show. */
export interface ReceiveWebhookOptions {
  /** `Authorization: Bearer <secret>` must show it. Without one, every webhook is refused. */
  readonly secret: string | undefined;
  /** The keeper's name, if `keeperFence` has one. Default `"library"`. */
  readonly name?: string;
}

/**
 * Takes a Database Webhook in: `POST` with `{ type, table, schema, record, old_record }`. Answers 200 only when the keeper has the
 * change on disk.
 *
 * @param binding of the Durable Object that `libraryKeeper` made
 */
export function receiveWebhook(
  request: Request,
  binding: Binding,
  { secret, name = "library" }: ReceiveWebhookOptions,
): Promise<Response> {
  return handleWebhook(request, {
    env: { TIDEMARK_WEBHOOK_SECRET: secret },
    keeper: () => stubOf(binding, name, undefined),
  });
}
