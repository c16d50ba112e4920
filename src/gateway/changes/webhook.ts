import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import { toWire } from "../../keeper/protocol/wire.ts";
import {
  type Change,
  ChangeSyntaxError,
  changeFromWebhook,
  flushFromJson,
} from "../../postgrest/row/change.ts";
import { TableScanner } from "../classify/table-scanner.ts";
import { bodyTooLarge, MAX_BODY_BYTES, readJson } from "../http/json-body.ts";
import { problem } from "../http/problem.ts";
import { refuseWithout } from "../http/secret.ts";
import { callKeeper, keeperUnavailable } from "../read/call-keeper.ts";

/** A payload over the usual cap is looked through for its table up to here: a tenth of a second's work. */
export const MAX_SCANNED_BYTES = 16_777_216;

export interface IntakePorts {
  readonly env: { readonly TIDEMARK_WEBHOOK_SECRET?: string | undefined };
  /** A fresh stub. */
  readonly keeper: () => KeeperCalls;
}

/** What a payload tells: a change, or what is left of one that cannot be read. */
interface Told {
  /** Null: it does not name its table, so anything may have changed. */
  readonly change: Change | null;
  /** Why the row was not read; null when it was. */
  readonly unread: string | null;
}

/**
 * `POST /_tidemark/webhook`: takes a Supabase Database Webhook. Answers 200 `{ affected, position }` only when the
 * keeper has the change on disk, since nobody sends it again after that; anything else means that it is not.
 *
 * For the same reason a row that cannot be read is not refused: it is taken as a flush of its table, or of everything
 * when the payload does not name one, and the answer says so: `{ affected, position, flushed, because }`.
 */
export async function takeWebhook(request: Request, ports: IntakePorts): Promise<Response> {
  const refusal = await refuseWithout(ports.env.TIDEMARK_WEBHOOK_SECRET, "TIDEMARK_WEBHOOK_SECRET", request);
  if (refusal !== null) return refusal;
  const body = await readJson(request, MAX_BODY_BYTES);
  if (body instanceof Response) return body;
  const told = "text" in body ? readChange(body.text) : await findTable(body.larger);
  if (told instanceof Response) return told;
  const { change, unread } = told;
  // Twice is harmless, so a broken stub may be tried again.
  const taken = await callKeeper(ports.keeper, (keeper) => take(keeper, change));
  if (taken === undefined) return keeperUnavailable("The change was not taken");
  const { affected, position, unknown } = taken;
  if (change !== null && unknown.length > 0) {
    return problem(
      "unknown-table",
      `${change.relation} is neither a configured table nor in any dependsOn. Webhooks of a partitioned table name the partition: list the partitions in its dependsOn`,
    );
  }
  const flushed = unread !== null && { flushed: change?.relation ?? "everything", because: unread };
  return Response.json({ affected, position, ...flushed }, { headers: { "cache-control": "no-store" } });
}

async function take(keeper: KeeperCalls, change: Change | null) {
  if (change !== null) return keeper.ingest([toWire(change)]);
  const { purged, position } = await keeper.purge({ all: true });
  return { affected: purged, position, unknown: [] };
}

function readChange(text: string): Told | Response {
  try {
    return { change: changeFromWebhook(text), unread: null };
  } catch (error) {
    if (!(error instanceof ChangeSyntaxError)) throw error;
    if (error.code === "not-json") return problem("malformed-json", error.message);
    // Every payload of a Database Webhook is an object: no change hides in anything else.
    if (error.code === "not-an-object") return problem("malformed-change", error.message);
    return { change: flushFromJson(text) ?? null, unread: error.message };
  }
}

/** The table of a payload that is too large to be read. */
async function findTable(chunks: ReadableStream<Uint8Array>): Promise<Told | Response> {
  const scanner = new TableScanner();
  let size = 0;
  try {
    // To the end, though the table may be known before: some senders take an early answer for a failure.
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
