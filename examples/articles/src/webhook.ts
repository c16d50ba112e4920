/**
 * The old and new ids that a Supabase Database Webhook's event names; `undefined` if the event is not about the table
 * `articles`. Payload: https://supabase.com/docs/guides/database/webhooks#payload
 */
export function changedIds(payload: unknown): readonly number[] | undefined {
  if (!isRecord(payload) || payload.schema !== "public" || payload.table !== "articles") return undefined;
  if (!["INSERT", "UPDATE", "DELETE"].includes(String(payload.type))) return undefined;
  const ids = new Set<number>();
  for (const row of [payload.record, payload.old_record]) {
    if (isRecord(row) && typeof row.id === "number" && Number.isSafeInteger(row.id)) ids.add(row.id);
  }
  return ids.size === 0 ? undefined : [...ids];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
