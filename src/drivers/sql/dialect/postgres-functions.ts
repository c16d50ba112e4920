const list = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/**
 * Functions of Postgres, and expressions that look like them, whose results follow from their arguments and from
 * settings that all connections of a pool share. Not among them: those of chance, of the time, of the session, of
 * sequences and of the catalogue, those that run SQL, and those that turn texts into rows of types of the user's.
 */
export const POSTGRES_FUNCTIONS = list(`
  coalesce nullif greatest least extract overlay position substring trim normalize
  abs cbrt ceil ceiling degrees div erf erfc exp factorial floor gcd lcm ln log log10 min_scale mod pi power radians round
  scale sign sqrt trim_scale trunc width_bucket acos acosd asin asind atan atand atan2 cos cosd cot sin sind tan tand sinh
  cosh tanh asinh acosh atanh
  ascii btrim char_length character_length octet_length bit_length chr concat concat_ws format initcap left length lower
  lpad ltrim md5 quote_ident quote_literal quote_nullable regexp_count regexp_instr regexp_like regexp_match regexp_replace
  regexp_split_to_array regexp_substr repeat replace reverse right rpad rtrim split_part starts_with string_to_array strpos
  substr to_hex to_oct to_bin translate upper unaccent similarity word_similarity strict_word_similarity
  encode decode sha224 sha256 sha384 sha512 get_bit get_byte bit_count crc32 crc32c
  to_char to_number to_date to_timestamp date_part date_trunc date_bin date_add date_subtract justify_days justify_hours
  justify_interval make_date make_time make_timestamp make_timestamptz make_interval isfinite
  count sum avg min max array_agg string_agg bool_and bool_or every bit_and bit_or bit_xor json_agg jsonb_agg
  json_agg_strict jsonb_agg_strict json_object_agg jsonb_object_agg corr covar_pop covar_samp stddev stddev_pop stddev_samp
  variance var_pop var_samp regr_count regr_slope mode percentile_cont percentile_disc range_agg any_value
  row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
  array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position array_positions
  array_prepend array_remove array_replace array_sort array_reverse array_to_string array_upper cardinality trim_array
  to_json to_jsonb row_to_json array_to_json json_build_array jsonb_build_array json_build_object jsonb_build_object
  json_object jsonb_object json_array_length jsonb_array_length json_extract_path jsonb_extract_path json_extract_path_text
  jsonb_extract_path_text json_typeof jsonb_typeof json_strip_nulls jsonb_strip_nulls jsonb_set jsonb_insert jsonb_pretty
  jsonb_concat jsonb_exists jsonb_exists_any jsonb_exists_all
  to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline setweight strip
  isempty lower_inc lower_inf upper_inc upper_inf range_merge int4range int8range numrange
  inet_same_family host family masklen netmask network broadcast hostmask
  num_nonnulls num_nulls uuid_extract_version`);

/** Those that give rows. */
export const POSTGRES_SETS = list(`
  unnest generate_series generate_subscripts json_array_elements jsonb_array_elements json_array_elements_text
  jsonb_array_elements_text json_each jsonb_each json_each_text jsonb_each_text json_object_keys jsonb_object_keys
  regexp_matches regexp_split_to_table string_to_table`);
