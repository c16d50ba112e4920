// What a driver like `pg` looks like from outside. Its types are looser than this, and its values are what these say.

/** Parsers of values, by the type's number: `pg.types` is one. */
export interface PgTypes {
  // biome-ignore lint/suspicious/noExplicitAny: parsers of `pg` take and give anything.
  getTypeParser(oid: number, format?: any): (value: any) => unknown;
}

/** A statement as an object. */
export interface PgQueryConfig {
  readonly text?: string;
  readonly values?: readonly unknown[] | undefined;
  readonly name?: string | undefined;
  readonly rowMode?: string | undefined;
  readonly types?: PgTypes | undefined;
  readonly callback?: PgCallback | undefined;
}

export interface PgField {
  readonly name: string;
  readonly dataTypeID: number;
  readonly format?: string;
}

export interface PgResult {
  readonly command: string | null;
  readonly rowCount: number | null;
  readonly oid: number | null;
  readonly rows: unknown[];
  readonly fields: PgField[];
}

export type PgCallback = (error: unknown, result?: PgResult) => void;

/** A connection. */
export interface PgClient {
  // biome-ignore lint/suspicious/noExplicitAny: an overloaded method, called with what the caller gave.
  query(...given: any[]): any;
}

/** A pool of connections, or something that is used like one. */
export interface PgPool extends PgClient {
  // biome-ignore lint/suspicious/noExplicitAny: an overloaded method, called with what the caller gave.
  connect(...given: any[]): any;
}

/** A connection from a pool. */
export interface PooledClient extends PgClient {
  release(error?: unknown): void;
  readonly getTypeParser?: PgTypes["getTypeParser"];
  /** `I`: outside of a transaction. */
  getTransactionStatus?(): string | null;
  on?(event: "error" | "end", listener: () => void): unknown;
  removeListener?(event: "error", listener: () => void): unknown;
}
