import type { PullRequest } from "../../src/keeper/ports/ports.ts";
import type { OutboxRow } from "./outbox.ts";
import type { Postgres } from "./postgres.ts";
import { isVisible, parseSnapshot, printSnapshot, type Snapshot } from "./snapshot.ts";

/**
 * `tidemark_changes()`, line by line as in `src/capture/outbox/changes-sql.ts`: one statement, so that it sees
 * one snapshot. Returns the JSON text that PostgREST would send.
 */
export function tidemarkChanges(
  postgres: Postgres,
  { since: sinceText, upto, after }: PullRequest,
  max: number,
  now: number,
): string {
  const { state } = postgres;
  const current = postgres.snapshot();
  const since = sinceText === null ? null : parseSnapshot(sinceText);
  const target = upto === null ? current : parseSnapshot(upto);
  const reason = flushReason(since, target, current, state.pruned);
  const page = reason === null && since ? unseen(postgres, since, target, Number(after ?? 0), max + 1) : [];
  const shown = page.slice(0, max);
  return JSON.stringify({
    incarnation: `incarnation-${state.incarnation}`,
    started: `${postgres.started}${postgres.rolesDigest}`,
    schemaVersion: postgres.schemaVersion(),
    snapshot: printSnapshot(target),
    prunedThrough: state.prunedThrough === null ? null : String(state.prunedThrough),
    flush: reason !== null,
    flushReason: reason,
    changes: shown.map(eventOf),
    last: shown.at(-1)?.id ?? null,
    more: page.length > max,
    now: Math.floor(now),
  });
}

type Reason = "first" | "history" | "pruned";

function flushReason(
  since: Snapshot | null,
  target: Snapshot,
  current: Snapshot,
  pruned: Snapshot | null,
): Reason | null {
  if (since === null) return "first";
  // A cursor from the future: the database was restored to an earlier moment.
  if ([since, target, pruned].some((snapshot) => snapshot && snapshot.xmax > current.xmax)) return "history";
  // The deleted rows may include some that the cursor has not seen.
  if (pruned && (pruned.xmax > since.xmax || since.running.some((xid) => isVisible(xid, pruned))))
    return "pruned";
  return null;
}

/** Rows after the given number that `target` sees and `since` does not. */
function unseen(
  postgres: Postgres,
  since: Snapshot,
  target: Snapshot,
  after: number,
  limit: number,
): OutboxRow[] {
  return postgres.state.outbox
    .filter(({ txid }) => txid >= since.xmax || since.running.includes(txid))
    .filter(({ id, txid, xmin }) => id > after && postgres.isCommitted(xmin) && isVisible(txid, target))
    .sort((a, b) => a.id - b.id)
    .slice(0, limit);
}

/** The shape of Supabase's Database Webhooks. */
function eventOf({ op, table, record, old, writtenAt }: OutboxRow): object {
  const schema = table === null ? null : "public";
  return { type: op, schema, table, record, old_record: old, writtenAt: Math.floor(writtenAt) };
}
