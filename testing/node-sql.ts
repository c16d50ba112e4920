import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Sql, SqlValue } from "../src/keeper/ports/ports.ts";

/** SQLite in Node, with the API of a Durable Object. */
export function nodeSql(database: DatabaseSync): Sql {
  const statements = new Map<string, StatementSync>();
  return {
    exec<Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]): Row[] {
      if (/^\s*(?:CREATE|DROP)/.test(query)) {
        database.exec(query);
        return [];
      }
      const statement = statements.get(query) ?? database.prepare(query);
      statements.set(query, statement);
      return statement
        .all(...bindings.map(toNode))
        .map((row) => fromNode(row as Record<string, unknown>) as Row);
    },
    transaction(body) {
      database.exec("BEGIN");
      try {
        const result = body();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
  };
}

function toNode(value: SqlValue) {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : value;
}

function fromNode(row: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(row))
    if (value instanceof Uint8Array) row[name] = value.slice().buffer;
  return row;
}
