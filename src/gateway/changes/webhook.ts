import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import { toWire } from "../../keeper/protocol/wire.ts";
import {
  type Change,
  ChangeSyntaxError,
  changeFromWebhook,
  flushFromJson,
} from "../../postgrest/row/change.ts";
import { problem } from "../http/problem.ts";
import { bodyTooLarge, MAX_BODY_BYTES, readJson } from "../http/request/json-body.ts";
import { refuseWithout } from "../http/secret.ts";
import { callKeeper, keeperUnavailable } from "./call-keeper.ts";
import { TableScanner } from "./table-scanner.ts";

/** A payload over the usual cap is scanned for its table up to this size, which takes a tenth of a second. */
export const MAX_SCANNED_BYTES = 16_777_216;

export interface WebhookPorts {
  readonly env: { readonly TIDEMARK_WEBHOOK_SECRET?: string | undefined };
  /** A fresh stub. */
  readonly keeper: () => KeeperCalls;
}

/** The change in a payload. When the row cannot be read, it is a flush of the table. */
interface PayloadChange {
  /** Null when the payload does not name its table, so that anything may have changed. */
  readonly change: Change | null;
  /** Why the row could not be read; null when it was read. */
  readonly unread: string | null;
}

/**
 * `POST /_tidemark/webhook`: ingests a Supabase Database Webhook. Answers 200 `{ affected, position }` only when the
 * keeper has the change on disk, because Supabase does not send it again after that. Any other status means that it has
 * not.
 *
 * For the same reason a row that cannot be read is not refused. It becomes a flush of its table, or of everything when
 * the payload does not name one, and the answer says so: `{ affected, position, flushed, because }`.
 */
export async function handleWebhook(request: Request, ports: WebhookPorts): Promise<Response> {
  const refusal = await refuseWithout(ports.env.TIDEMARK_WEBHOOK_SECRET, "TIDEMARK_WEBHOOK_SECRET", request);
  if (refusal !== null) return refusal;
  const body = await readJson(request, MAX_BODY_BYTES);
  if (body instanceof Response) return body;
  const payload = "text" in body ? readChange(body.text) : await findTable(body.larger);
  if (payload instanceof Response) return payload;
  const { change, unread } = payload;
  // To ingest a change twice is harmless, so the call may be repeated.
  const ingested = await callKeeper(ports.keeper, (keeper) => ingest(keeper, change));
  if (ingested === undefined) return keeperUnavailable("The change was not ingested");
  const { affected, position, unknown } = ingested;
  if (change !== null && unknown.length > 0) {
    return problem(
      "unknown-table",
      `${change.relation} is neither a configured table nor in any dependsOn. Webhooks of a partitioned table name the partition: list the partitions in its dependsOn`,
    );
  }
  const flushed = unread !== null && { flushed: change?.relation ?? "everything", because: unread };
  return Response.json({ affected, position, ...flushed }, { headers: { "cache-control": "no-store" } });
}

async function ingest(keeper: KeeperCalls, change: Change | null) {
  if (change !== null) return keeper.ingest([toWire(change)]);
  const { purged, position } = await keeper.purge({ all: true });
  return { affected: purged, position, unknown: [] };
}

function readChange(text: string): PayloadChange | Response {
  try {
    return { change: changeFromWebhook(text), unread: null };
  } catch (error) {
    if (!(error instanceof ChangeSyntaxError)) throw error;
    if (error.code === "not-json") return problem("malformed-json", error.message);
    // Every payload of a Database Webhook is an object, so there is no change in anything else.
    if (error.code === "not-an-object") return problem("malformed-change", error.message);
    return { change: flushFromJson(text) ?? null, unread: error.message };
  }
}

/** A flush of the table of a payload that is too large to be read. */
async function findTable(chunks: ReadableStream<Uint8Array>): Promise<PayloadChange | Response> {
  const scanner = new TableScanner();
  let size = 0;
  try {
    // Read to the end, even once the table is known: some senders take an early answer for a failure.
    for await (const chunk of chunks) {
      scanner.feed(chunk.subarray(0, MAX_SCANNED_BYTES - size));
      size += chunk.byteLength;
      if (scanner.isObject === false || size > MAX_SCANNED_BYTES) break;
    }
  } catch {
    return problem("malformed-json", "The body ended before it was complete");
  }
  if (scanner.isObject !== true) return bodyTooLarge(MAX_BODY_BYTES);
  const { relation } = scanner;
  const change: Change | null = relation === undefined ? null : { kind: "flush", relation };
  return { change, unread: `the payload holds more than ${MAX_BODY_BYTES} bytes` };
}
