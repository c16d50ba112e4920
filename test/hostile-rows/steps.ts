// What tests send to their Workers.

export interface Step {
  /** `plain` goes past the driver. */
  readonly do: "ask" | "plain";
  readonly sql: string;
  readonly on?: "DB" | "OTHER";
  /** The driver's option. */
  readonly name?: string;
}

export interface PgStep {
  /** `plain` goes past the driver; `rows` is `getOrSet` with `reads` of this table. */
  readonly do: "read" | "plain" | "connect" | "rows";
  /** A client's name, otherwise the pool. */
  readonly on?: string;
  readonly text?: string;
  readonly table?: string;
}

export interface PgAsked {
  readonly lazyConnect?: boolean;
  readonly name?: string;
  /** What the pool's `connect` event sends on each new connection. */
  readonly onConnect?: string;
  readonly user?: string;
}
