import { IS_WHOLE_SQL } from "../../../capture/d1/found-sql.ts";
import {
  FORMAT,
  KEEP_MS,
  NOW_SQL,
  OUTBOX,
  STATE,
  TRIGGER_KINDS,
  triggerName,
  WATCHED,
} from "../../../capture/d1/names.ts";
import { isWatchedByDefault } from "../../../capture/d1/options.ts";
import type { AnswerRow, D1Schema, D1Table } from "../../../capture/d1/schema/schema.ts";
import { STORAGE_SQL } from "../../../capture/d1/storage-sql.ts";
import { type Check, ok, warning, wrong } from "../../check/check.ts";

/** What doctor asks of an installation. Each statement's answer is a part of what `d1Checks` takes. */
export const INSTALLATION_QUESTIONS: readonly string[] = [
  `SELECT format, ${NOW_SQL} - pruned_at AS pruned_ago FROM ${STATE}`,
  `SELECT w.tbl, w.followed, w.coarse, ${IS_WHOLE_SQL} AS whole FROM ${WATCHED} w ORDER BY w.tbl`,
  `SELECT count(*) AS rows, ${NOW_SQL} - min(at) AS oldest FROM ${OUTBOX}`,
];

/** Whether all that is ours is there at all, so that its tables can be asked. */
export function isInstalled({ tables }: D1Schema): boolean {
  return [OUTBOX, STATE, WATCHED].every((name) => tables.some((table) => table.name === name));
}

/** A keeper with readers prunes every ten minutes what is older than an hour. */
const PRUNE_OVERDUE_MS = 2 * KEEP_MS;

/**
 * What is watched of a D1 database, and what is wrong with that.
 *
 * @param command what makes the SQL that mends it
 * @param answers to `INSTALLATION_QUESTIONS`; none when nothing is installed
 */
export function d1Checks(
  schema: D1Schema,
  answers: readonly (readonly AnswerRow[])[],
  command: string,
): readonly Check[] {
  const again = `Run ${command}, and apply its SQL as a migration`;
  if (!isInstalled(schema)) {
    const left = schema.tables.flatMap((table) => triggersOf(table));
    if (left.length === 0) return [wrong("exists", "capture is not installed in this database", again)];
    const message = `a table of capture was dropped, and its triggers are left (${left.join(", ")}): every write to their tables fails`;
    return [wrong("exists", message, `${again}: it makes the table again`)];
  }
  const [[state] = [], watched = [], [outbox] = []] = answers;
  if (state === undefined)
    return [wrong("exists", `${STATE} has lost its row, so no keeper can pull`, again)];
  if (state.format !== FORMAT) {
    const fix = "Use the version of tidemark that installed it, or install this one's";
    return [wrong("schema", "another version of tidemark has installed capture", `${fix}: ${command}`)];
  }
  return [
    ...outboxChecks(schema, outbox, again),
    ...pruneChecks(state, outbox),
    ...schema.tables.flatMap((table) => tableChecks(table, watched, again)),
    ...watched
      .filter(({ tbl }) => !schema.tables.some(({ name }) => name === tbl))
      .map(({ tbl }) => wrong("watched", `${tbl} was watched, and is gone or renamed`, again)),
  ];
}

function outboxChecks({ tables }: D1Schema, outbox: AnswerRow | undefined, again: string): readonly Check[] {
  const table = tables.find(({ name }) => name === OUTBOX);
  const asMade = (STORAGE_SQL[0] ?? "").replace("IF NOT EXISTS ", "");
  if (table?.sql !== asMade || table.indexes.length > 0 || table.triggers.length > 0) {
    const fix = `Drop its indexes and triggers; if its columns were altered, run tidemark sql --d1 --remove first. ${again}`;
    return [wrong("schema", `${OUTBOX} was altered, and may fail or hide a write`, fix)];
  }
  if (Number(outbox?.rows ?? 0) > 0) return [];
  const message = `${OUTBOX} was emptied: every pull flushes everything`;
  return [
    wrong("pull", message, "The keeper's next pruning mends it, with the next read; leave the table alone"),
  ];
}

function pruneChecks(state: AnswerRow, outbox: AnswerRow | undefined): readonly Check[] {
  const [rows, oldest, ago] = [Number(outbox?.rows), Number(outbox?.oldest), state.pruned_ago];
  const has = `has ${rows} ${rows === 1 ? "row" : "rows"}`;
  if (typeof ago === "number" && ago < PRUNE_OVERDUE_MS)
    return [ok("prune", `the outbox is pruned, and ${has}`)];
  if (!(oldest > PRUNE_OVERDUE_MS) || rows <= 2) return [ok("prune", `the outbox ${has}, none to prune`)];
  const since = typeof ago === "number" ? `for ${hours(ago)}` : "ever";
  return [
    warning(
      "prune",
      `nobody has pruned the outbox ${since}: it ${has}`,
      "A keeper prunes while its caches are read. If none does any more, take the triggers off: tidemark sql --d1 --off",
    ),
  ];
}

function tableChecks(table: D1Table, watched: readonly AnswerRow[], again: string): readonly Check[] {
  const { name, kind } = table;
  if (kind !== "table" || name.startsWith("tidemark_")) return [];
  const row = watched.find(({ tbl }) => tbl === name);
  const triggers = triggersOf(table);
  if (row === undefined) {
    if (triggers.length === 0) {
      // Of migration tools: the command that makes the SQL leaves them out, too.
      if (!isWatchedByDefault(table)) return [];
      return [warning("watched", `${name} is not watched`, `If it is to be: ${again}`)];
    }
    const message = `${name} has triggers of ours (${triggers.join(", ")}), and is not watched: it was renamed`;
    return [wrong("watched", message, again)];
  }
  if (row.whole === 1) {
    const followed = JSON.parse(String(row.followed)) as string[];
    const told = row.coarse === 1 ? "as a whole" : followed.length === 0 ? "no column" : followed.join(", ");
    return [ok("watched", `${name} is watched: ${told}`)];
  }
  const rows = "nothing that reads it is cached";
  if (triggers.length === 0) {
    const message = `${name} has no triggers: it was made anew by a migration, or they were taken off, so ${rows}`;
    return [wrong("watched", message, again)];
  }
  const message = `${name}, its indexes or its triggers are not as they were at the installation, so ${rows}`;
  return [wrong("watched", message, again)];
}

function triggersOf({ name, triggers }: D1Table): readonly string[] {
  const ours = new Set<string>(TRIGGER_KINDS.map((kind) => triggerName(kind, name)));
  return triggers
    .map((trigger) => trigger.name)
    .filter((each) => ours.has(each) || /^tidemark_[ab][iud]_/.test(each));
}

function hours(milliseconds: number): string {
  return `${Math.round(milliseconds / 3_600_000)} hours`;
}
