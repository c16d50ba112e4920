const list = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/**
 * Functions of SQLite whose results follow from their arguments alone. Not among them: those of chance, of the
 * connection (`changes`, `last_insert_rowid`) and of full-text search. Those of the time are looked at by themselves.
 */
export const SQLITE_FUNCTIONS = list(`
  abs char coalesce concat concat_ws format glob hex if ifnull iif instr length like likelihood likely lower ltrim max min
  nullif octet_length printf quote replace round rtrim sign soundex substr substring trim typeof unhex unicode unistr
  unistr_quote unlikely upper zeroblob
  avg count group_concat string_agg sum total median percentile percentile_cont percentile_disc
  row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
  acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi pow power radians
  sin sinh sqrt tan tanh trunc
  json jsonb json_array jsonb_array json_array_length json_error_position json_extract jsonb_extract json_insert jsonb_insert
  json_object jsonb_object json_patch jsonb_patch json_pretty json_remove jsonb_remove json_replace jsonb_replace json_set
  jsonb_set json_type json_valid json_quote json_group_array jsonb_group_array json_group_object jsonb_group_object`);

/** Those that give rows. */
export const SQLITE_SETS = list("json_each json_tree jsonb_each jsonb_tree");
