import type { Random } from "../../../../testing/soundness/random.ts";
import type { Names } from "./names.ts";

/**
 * Settings that any session may change and that may affect our functions. Those that a version does not know are
 * skipped.
 */
const SETTINGS: readonly (readonly [string, readonly string[]])[] = [
  ["search_path", ["public, pg_catalog", "shop, public, pg_catalog", "public, pg_catalog, pg_temp", "''"]],
  ["check_function_bodies", ["off"]],
  ["quote_all_identifiers", ["on"]],
  ["default_transaction_isolation", ["'repeatable read'", "serializable"]],
  ["default_transaction_deferrable", ["on"]],
  ["client_encoding", ["latin1", "sql_ascii"]],
  ["datestyle", ["'SQL, DMY'", "'German'", "'Postgres, MDY'"]],
  ["intervalstyle", ["iso_8601", "sql_standard"]],
  ["timezone", ["'Pacific/Apia'", "'America/St_Johns'"]],
  ["lc_messages", ["'C'"]],
  ["lc_monetary", ["'C.UTF-8'"]],
  ["xmloption", ["document"]],
  ["xmlbinary", ["hex"]],
  ["bytea_output", ["escape"]],
  ["extra_float_digits", ["-15", "3"]],
  ["plan_cache_mode", ["force_generic_plan", "force_custom_plan"]],
  ["row_security", ["off"]],
  ["session_replication_role", ["replica"]],
  ["standard_conforming_strings", ["off"]],
  ["escape_string_warning", ["off"]],
  ["backslash_quote", ["on"]],
  ["array_nulls", ["off"]],
  ["transform_null_equals", ["on"]],
  ["plpgsql.extra_errors", ["'all'", "'shadowed_variables'", "'too_many_rows'", "'strict_multi_assignment'"]],
  ["plpgsql.extra_warnings", ["'all'"]],
  ["plpgsql.variable_conflict", ["use_column", "use_variable"]],
  ["plpgsql.check_asserts", ["off"]],
  ["restrict_nonsystem_relation_kind", ["'view, foreign-table'"]],
  ["debug_parallel_query", ["on"]],
  ["force_parallel_mode", ["on"]],
  ["jit_above_cost", ["0"]],
  ["enable_seqscan", ["off"]],
  ["enable_indexscan", ["off"]],
  ["enable_sort", ["off"]],
  ["enable_hashjoin", ["off"]],
  ["from_collapse_limit", ["1"]],
  ["join_collapse_limit", ["1"]],
  ["geqo_threshold", ["2"]],
  ["work_mem", ["64"]],
  ["default_toast_compression", ["pglz"]],
  ["default_table_access_method", ["heap"]],
  ["event_triggers", ["off"]],
  ["createrole_self_grant", ["'set, inherit'"]],
  ["default_text_search_config", ["'pg_catalog.simple'"]],
  ["synchronous_commit", ["off"]],
  ["application_name", ["'tidemark'"]],
];

/** `set` statements for a session of the attacker. Each of our own settings is among them with a chance of one half. */
export function sessionSettings(names: Names, random: Random, count: number): string[] {
  const chosen = random.some(SETTINGS, count).map(([name, values]) => `set ${name} = ${random.pick(values)}`);
  const own = names.settings.filter(() => random.chance(50));
  return [...chosen, ...own.map((name) => `set ${name} = ${random.pick(["on", "yes"])}`)];
}
