/** The public surface of `tidemark/postgrest`. */
export { canonicalSearch } from "./canonical.ts";
export {
  type Change,
  type ChangeErrorCode,
  ChangeSyntaxError,
  changeFromWebhook,
  type Operation,
  type Row,
} from "./change.ts";
export {
  type Footprint,
  type FootprintBypass,
  type FootprintResult,
  footprintOf,
  type Vouched,
} from "./footprint.ts";
export { FootprintIndex } from "./footprint-index.ts";
export { parseQuery } from "./parse.ts";
export { parseSchema, SchemaSyntaxError } from "./parse-schema.ts";
export type * from "./query.ts";
export type { Read } from "./read.ts";
export type * from "./schema.ts";
export { SCHEMA_FUNCTION_SQL } from "./schema-sql.ts";
export { type QueryErrorCode, QuerySyntaxError } from "./syntax-error.ts";
export { explain, type Rule, type Verdict, verdictOn } from "./verdict.ts";
export { volatileLiteral } from "./volatile.ts";
export { type Window, windowOf } from "./window.ts";
