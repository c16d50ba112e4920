// Package export "tidemark/d1".

export type { RowSource } from "../../rows/row-source.ts";
export { D1ChangesError, type D1DatabaseLike, d1Changes } from "../../rows/sources/d1-changes.ts";
export type { AnswerOptions, DriverEvent, DriverOptions, QueryOptions } from "../read/options.ts";
export type { StatementStatistics } from "../read/statistics.ts";
export { PASS_THROUGH, type PassThroughReason } from "../sql/pass-through.ts";
export { type CachedD1, type CachedD1Options, cachedD1 } from "./cached-d1.ts";
