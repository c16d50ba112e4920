import { isOurTrigger, OUTBOX, type TriggerKind, triggerName } from "../names.ts";
import type { WatchPlan } from "../options.ts";
import { identifier, text } from "../quote.ts";
import type { D1Table } from "../schema/schema.ts";
import { isWord, sqlTokens } from "../schema/tokens.ts";
import { coarseSql, differsSql, flushSql, isLoudSql, PRUNE_ABANDONED_SQL, rowSql } from "./told-sql.ts";
import { vanishingSql } from "./vanishing-sql.ts";

/** The triggers that write down a table's changes, each a statement without its semicolon. */
export function triggersSql(plan: WatchPlan): readonly string[] {
  const { table } = plan;
  const trigger = (kind: TriggerKind, when: string, steps: readonly string[]) =>
    `CREATE TRIGGER ${identifier(triggerName(kind, table.name))} ${when} ON ${identifier(table.name)}
BEGIN
${steps.map((step) => `  ${step};\n`).join("")}END`;
  if (plan.coarse) {
    return [
      trigger("ai", "AFTER INSERT", [coarseSql(plan, "1"), PRUNE_ABANDONED_SQL]),
      trigger("au", "AFTER UPDATE", [coarseSql(plan, isLoudSql(plan)), PRUNE_ABANDONED_SQL]),
      trigger("ad", "AFTER DELETE", [coarseSql(plan, "1"), PRUNE_ABANDONED_SQL]),
    ];
  }
  const name = text(table.name);
  const told = {
    insert: `INSERT INTO ${OUTBOX} (op, tbl, new) VALUES ('INSERT', ${name}, ${rowSql(plan, "NEW")})`,
    update: `INSERT INTO ${OUTBOX} (op, tbl, old, new) SELECT 'UPDATE', ${name}, ${rowSql(plan, "OLD")}, ${rowSql(plan, "NEW")}
    WHERE ${isLoudSql(plan)}`,
    remove: `INSERT INTO ${OUTBOX} (op, tbl, old) VALUES ('DELETE', ${name}, ${rowSql(plan, "OLD")})`,
  };
  const before = (kind: "bi" | "bu", event: "INSERT" | "UPDATE") => {
    const steps = vanishingSql(plan, event);
    return steps.length === 0 ? [] : [trigger(kind, `BEFORE ${event}`, steps)];
  };
  return [
    ...before("bi", "INSERT"),
    ...before("bu", "UPDATE"),
    trigger("ai", "AFTER INSERT", [told.insert, PRUNE_ABANDONED_SQL]),
    trigger("au", "AFTER UPDATE", [told.update, ...keysMoved(plan), PRUNE_ABANDONED_SQL]),
    trigger("ad", "AFTER DELETE", [told.remove, PRUNE_ABANDONED_SQL]),
  ];
}

/**
 * An owner's own BEFORE UPDATE trigger may change the very row, and its keys, after ours has looked who stands in its way. Then
 * nobody knows who vanished.
 */
function keysMoved(plan: WatchPlan): readonly string[] {
  const { table } = plan;
  if (table.uniques.length === 0 || !othersTriggers(table).some(({ sql }) => mayPrecedeUpdate(sql)))
    return [];
  const isPlain = table.uniques.every(
    ({ partial, keys }) => !partial && keys.every(({ column }) => column !== null),
  );
  const keys = new Set(table.uniques.flatMap((index) => index.keys.map(({ column }) => column)));
  const columns =
    isPlain && !table.columns.some(({ generated }) => generated)
      ? table.columns.filter(({ name }) => keys.has(name))
      : table.columns;
  return [flushSql(plan, differsSql(columns))];
}

/** Whether a trigger is one before updates, or cannot be told to be another. */
function mayPrecedeUpdate(sql: string): boolean {
  const tokens = sqlTokens(sql);
  const at = tokens.findIndex((token) =>
    ["delete", "insert", "update"].some((event) => isWord(token, event)),
  );
  const event = tokens[at];
  if (event === undefined) return true;
  return isWord(event, "update") && !isWord(tokens[at - 1], "after");
}

/** The triggers of a table that are its owner's. */
export function othersTriggers({ triggers }: D1Table): D1Table["triggers"] {
  return triggers.filter(({ name }) => !isOurTrigger(name));
}
