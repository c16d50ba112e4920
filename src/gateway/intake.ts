import type { KeeperCalls } from "../keeper/messages.ts";
import { dressed } from "../keeper/wire.ts";
import { type Change, ChangeSyntaxError, changeFromWebhook } from "../postgrest/change.ts";
import { callKeeper, keeperUnavailable } from "./call-keeper.ts";
import { readJsonText } from "./json-body.ts";
import { problem } from "./problem.ts";
import { refuseWithout } from "./secret.ts";

export interface IntakePorts {
  readonly env: { readonly TIDEMARK_WEBHOOK_SECRET?: string | undefined };
  /** A fresh stub. */
  readonly keeper: () => KeeperCalls;
}

/**
 * `POST /_tidemark/webhook`: takes a Supabase Database Webhook. Answers 200 `{ affected, position }` only when the
 * keeper has the change on disk, since nobody sends it again after that; anything else means that it is not.
 */
export async function takeWebhook(request: Request, ports: IntakePorts): Promise<Response> {
  const refusal = await refuseWithout(ports.env.TIDEMARK_WEBHOOK_SECRET, "TIDEMARK_WEBHOOK_SECRET", request);
  if (refusal !== null) return refusal;
  const text = await readJsonText(request);
  if (text instanceof Response) return text;
  const change = parseChange(text);
  if (change instanceof Response) return change;
  // Twice is harmless, so a broken stub may be tried again.
  const ingested = await callKeeper(ports.keeper, (keeper) => keeper.ingest([dressed(change)]));
  if (ingested === undefined) return keeperUnavailable("The change was not taken");
  const { affected, position, unknown } = ingested;
  if (unknown.length > 0) {
    return problem(
      "unknown-table",
      `${change.relation} is neither a configured table nor in any dependsOn. Webhooks of a partitioned table name the partition: list the partitions in its dependsOn`,
    );
  }
  return Response.json({ affected, position }, { headers: { "cache-control": "no-store" } });
}

function parseChange(text: string): Change | Response {
  try {
    return changeFromWebhook(text);
  } catch (error) {
    if (!(error instanceof ChangeSyntaxError)) throw error;
    if (error.code === "not-json") return problem("malformed-json", error.message);
    return problem("malformed-change", error.message);
  }
}
