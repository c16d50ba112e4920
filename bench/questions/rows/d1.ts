import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { D1DatabaseLike } from "../../../src/rows/sources/d1-changes.ts";

interface Bound {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** SQLite in Node with the part of D1's binding that a source uses. A batch is a transaction, as in D1. */
export function d1Of(database: DatabaseSync): D1DatabaseLike {
  const prepared = new Map<string, StatementSync>();
  const run = ({ sql, values }: Bound) => {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, statement);
    return { results: statement.all(...(values as SQLInputValue[])) as unknown[] };
  };
  return {
    prepare: (sql) => ({ bind: (...values) => ({ sql, values, bind: never }) as never }),
    async batch(statements) {
      database.exec("BEGIN");
      try {
        const answers = (statements as unknown as Bound[]).map(run);
        database.exec("COMMIT");
        return answers;
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
  };
}

const never = (): never => {
  throw new Error("a statement is bound once");
};
