import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Sql, SqlValue } from "../../src/keeper/ports/ports.ts";
import { nodeSql } from "../../testing/node-sql.ts";

/**
 * A Durable Object's storage, on `node:sqlite`. A write is not durable at once: the platform holds back every
 * message until it is, so a crash before that loses only what no message has told. A superseded instance is ended by
 * its first write, and none of its messages leaves any more.
 */
export class Storage {
  #database: DatabaseSync;
  #sql: Sql;
  /** What begins and ends transactions, compiled once. */
  readonly #commands = new Map<string, StatementSync>();
  #isOpen = false;
  #onFenced: (() => void) | null = null;
  readonly #onStored: (value: string | number) => void;

  /** @param onStored hears of every text and number that is stored */
  constructor(onStored: (value: string | number) => void, database = new DatabaseSync(":memory:")) {
    this.#onStored = onStored;
    this.#database = database;
    this.#sql = nodeSql(database);
  }

  /** As `ctx.storage.sql`. */
  readonly sql = {
    exec: (query: string, ...bindings: SqlValue[]) => {
      if (!/^\s*SELECT/.test(query)) {
        this.write();
        for (const value of bindings)
          if (typeof value === "string" || typeof value === "number") this.#onStored(value);
      }
      const rows = this.#sql.exec(query, ...bindings);
      return { toArray: () => rows };
    },
  };

  /** As `ctx.storage.transactionSync`. One that writes nothing needs no confirmation. */
  transactionSync<T>(body: () => T): T {
    this.#open();
    this.#run("SAVEPOINT work");
    try {
      const result = body();
      this.#run("RELEASE work");
      return result;
    } catch (error) {
      this.#database.exec("ROLLBACK TO work; RELEASE work");
      throw error;
    }
  }

  write(): void {
    this.#onFenced?.();
    this.#open();
  }

  /** A message leaves: all earlier writes are durable. */
  confirm(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#run("COMMIT");
  }

  /** The instance is gone, and with it its unconfirmed writes. */
  crash(): void {
    // What a superseded instance writes in its last turn is lost.
    if (!this.#isOpen || this.#onFenced) return;
    this.#isOpen = false;
    this.#database.exec("ROLLBACK");
  }

  /** Another instance takes over; this one goes on reading its old state, and cannot write. */
  supersede(onFenced: () => void): Storage {
    this.confirm();
    const successor = new Storage(this.#onStored, this.#database);
    this.#database = copyOf(this.#database);
    this.#commands.clear();
    this.#sql = nodeSql(this.#database);
    this.#onFenced = onFenced;
    return successor;
  }

  close(): void {
    this.#database.close();
  }

  #open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#run("BEGIN");
  }

  #run(command: string): void {
    const statement = this.#commands.get(command) ?? this.#database.prepare(command);
    this.#commands.set(command, statement);
    statement.run();
  }
}

function copyOf(database: DatabaseSync): DatabaseSync {
  const copy = new DatabaseSync(":memory:");
  copy.exec("BEGIN");
  const objects = database
    .prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    .all() as { type: string; name: string; sql: string }[];
  for (const { sql } of objects) copy.exec(sql);
  for (const { name } of objects.filter(({ type }) => type === "table")) {
    let insert: StatementSync | undefined;
    for (const row of database.prepare(`SELECT * FROM ${name}`).all()) {
      const values = Object.values(row) as SQLInputValue[];
      insert ??= copy.prepare(`INSERT INTO ${name} VALUES (${values.map(() => "?").join()})`);
      insert.run(...values);
    }
  }
  copy.exec("COMMIT");
  return copy;
}
