import type { Sql, SqlValue } from "../ports/ports.ts";

/** The keeper's single values, by name. */
export class Meta {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  number(name: string): number | null {
    const value = this.#get(name);
    return typeof value === "number" ? value : null;
  }

  text(name: string): string | null {
    const value = this.#get(name);
    return typeof value === "string" ? value : null;
  }

  set(name: string, value: string | number): void {
    this.#sql.exec("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", name, value);
  }

  #get(name: string): SqlValue | undefined {
    return this.#sql.exec<{ value: SqlValue }>("SELECT value FROM meta WHERE name = ?", name)[0]?.value;
  }
}
