/** The public surface of `tidemark/postgrest`. */

export { audienceText, isPersonal } from "./claims/audience-text.ts";
export type { ClaimPath, Claims, ReaderClaims } from "./claims/claims.ts";
export type { Declared, Footprint, FootprintBypass, FootprintResult } from "./footprint/footprint.ts";
export { footprintOf } from "./footprint/footprint-of.ts";
export type { ClaimNeeds, DeclaredClaims } from "./footprint/needs/claim-closure.ts";
export { claimNeeds } from "./footprint/needs/claim-needs.ts";
export { volatileLiteral } from "./footprint/volatile.ts";
export { FootprintIndex, type FootprintIndexOptions } from "./index/footprint-index.ts";
export { canonicalSearch } from "./query/canonical.ts";
export { parseQuery } from "./query/parse.ts";
export type * from "./query/query.ts";
export type { Argument, FunctionCall, Read } from "./query/read.ts";
export { type QueryErrorCode, QuerySyntaxError } from "./query/syntax-error.ts";
export {
  type Change,
  type ChangeErrorCode,
  ChangeSyntaxError,
  changeFromWebhook,
  type Operation,
  type Row,
} from "./row/change.ts";
export { parseSchema, SchemaSyntaxError } from "./schema/parse-schema.ts";
export type * from "./schema/schema.ts";
export { SCHEMA_FUNCTION_SQL } from "./schema/sql/schema-sql.ts";
export type { Rule } from "./verdict/rule.ts";
export { explain, type Verdict, verdictOn } from "./verdict/verdict.ts";
export { type Window, windowOf } from "./verdict/window.ts";
