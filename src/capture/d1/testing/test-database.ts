/** What tests use of a `D1Database`: in Node there is no such type. */
export interface TestDatabase {
  prepare(sql: string): TestStatement;
  batch<T>(statements: TestStatement[]): Promise<{ results: T[]; meta: Billed }[]>;
}

interface TestStatement {
  bind(...values: unknown[]): TestStatement;
  all<T>(): Promise<{ results: T[] }>;
  run(): Promise<{ results: unknown[]; meta: Billed }>;
  first(): Promise<unknown>;
}

/** What D1 says of a statement. Rows read and written are billed. */
interface Billed {
  readonly rows_read: number;
  readonly rows_written: number;
  readonly changes: number;
  readonly last_row_id: number;
}
