/** The stable codes of `QuerySyntaxError`. */
export type QueryErrorCode =
  | "bad-encoding"
  | "bad-separator"
  | "unexpected"
  | "unexpected-end"
  | "unknown-operator"
  | "not-a-number"
  | "not-embedded"
  | "ambiguous"
  | "too-deep";

/** A query string that this parser does not accept. `offset` counts characters of the raw query string. */
export class QuerySyntaxError extends Error {
  override readonly name = "QuerySyntaxError";
  readonly code: QueryErrorCode;
  readonly offset: number;

  constructor(code: QueryErrorCode, offset: number, message: string) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}
