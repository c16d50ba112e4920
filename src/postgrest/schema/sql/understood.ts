/**
 * What is understood of Postgres' own functions, types and query trees. The lists name what is known to be harmless, never
 * what is known to be dangerous: what a new version of Postgres adds is not on them, and costs precision, not soundness,
 * until someone has looked at it.
 */

/**
 * STABLE functions of `pg_catalog` whose result depends only on their arguments and on settings that all reads of an
 * audience share (`TimeZone`, `DateStyle`, `lc_*`, …). For IMMUTABLE ones the label itself is trusted.
 */
export const STABLE_BY_ARGUMENTS: readonly string[] = [
  ...["anytextcat", "textanycat", "concat", "concat_ws", "format", "quote_literal", "quote_nullable"],
  ...["array_to_string", "array_to_json", "json_build_array", "json_build_object", "jsonb_build_array"],
  ...["jsonb_build_object", "row_to_json", "to_json", "to_jsonb"],
  ...[
    "date",
    "date_add",
    "date_subtract",
    "date_part",
    "date_trunc",
    "extract",
    "time",
    "timestamp",
    "timestamptz",
  ],
  ...["timetz", "timezone", "make_timestamptz", "generate_series", "in_range", "overlaps"],
  ...["date_cmp_timestamptz", "date_eq_timestamptz", "date_ge_timestamptz", "date_gt_timestamptz"],
  ...["date_le_timestamptz", "date_lt_timestamptz", "date_ne_timestamptz", "timestamp_cmp_timestamptz"],
  ...["timestamp_eq_timestamptz", "timestamp_ge_timestamptz", "timestamp_gt_timestamptz"],
  ...[
    "timestamp_le_timestamptz",
    "timestamp_lt_timestamptz",
    "timestamp_ne_timestamptz",
    "timestamptz_cmp_date",
  ],
  ...["timestamptz_cmp_timestamp", "timestamptz_eq_date", "timestamptz_eq_timestamp", "timestamptz_ge_date"],
  ...["timestamptz_ge_timestamp", "timestamptz_gt_date", "timestamptz_gt_timestamp", "timestamptz_le_date"],
  ...["timestamptz_le_timestamp", "timestamptz_lt_date", "timestamptz_lt_timestamp", "timestamptz_ne_date"],
  ...[
    "timestamptz_ne_timestamp",
    "timestamptz_mi_interval",
    "timestamptz_pl_interval",
    "interval_pl_timestamptz",
  ],
  ...["to_char", "to_date", "to_number", "to_timestamp", "money", "numeric"],
  ...["to_tsvector", "to_tsquery", "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery"],
  ...["json_to_tsvector", "jsonb_to_tsvector", "ts_match_tq", "ts_match_tt", "ts_headline"],
  // Only DDL changes an enum, and after DDL all footprints are made again.
  ...["enum_first", "enum_last", "enum_range"],
  // The same for all reads of an audience.
  ...["current_user", "session_user", "current_database", "getpgusername", "getdatabaseencoding"],
];

/** Settings that hold the caller's claims, as a regular expression. */
export const CLAIM_SETTINGS = "^request\\.jwt(\\.|$)";

/**
 * Functions that tell the state of the server or the session, whatever the caller's claims are. So does each
 * `has_…_privilege`. Not those that look up a type and then run its checks (`pg_input_is_valid`).
 */
export const QUIET_STATE: readonly string[] = [
  ...["pg_has_role", "row_security_active", "pg_is_in_recovery", "version", "pg_postmaster_start_time"],
  ...["obj_description", "col_description", "shobj_description", "format_type", "pg_get_userbyid"],
  ...["pg_table_size", "pg_relation_size", "pg_total_relation_size", "pg_indexes_size", "pg_database_size"],
  ...["pg_current_xact_id", "pg_current_snapshot", "pg_current_wal_lsn", "txid_current", "current_schema"],
  // The offset of today in the time zone, which is part of every key.
  ...["pg_typeof", "timetz"],
];

/**
 * Functions that make values of whatever type is asked for out of JSON, by the types' input functions and with their checks:
 * they read what these read, and nothing else.
 */
export const RECORD_READERS: readonly string[] = ["json", "jsonb"].flatMap((type) => [
  ...[`${type}_populate_record`, `${type}_populate_recordset`, `${type}_to_record`, `${type}_to_recordset`],
]);

/** Extensions whose C functions run no SQL, and so cannot read the request. */
export const QUIET_EXTENSIONS: readonly string[] = [
  ...[
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "earthdistance",
    "fuzzystrmatch",
    "hstore",
    "intarray",
    "isn",
  ],
  ...["ltree", "pg_trgm", "pgcrypto", "postgis", "seg", "unaccent", "uuid-ossp", "vector"],
];

/** Operators that PostgREST's filters use, and functions that it calls by names which an owner may overload. */
export const POSTGREST_OPERATORS: readonly string[] = [
  ...[
    "=",
    "<>",
    "<",
    ">",
    "<=",
    ">=",
    "~~",
    "~~*",
    "~",
    "~*",
    "@@",
    "@>",
    "<@",
    "&&",
    "<<",
    ">>",
    "&<",
    "&>",
    "-|-",
  ],
  ...["->", "->>", "#>", "#>>"],
];
export const POSTGREST_FUNCTIONS: readonly string[] = [
  ...[
    "sum",
    "avg",
    "count",
    "max",
    "min",
    "to_json",
    "to_jsonb",
    "row_to_json",
    "json_agg",
    "array_agg",
    "coalesce",
  ],
  ...[
    "to_tsvector",
    "to_tsquery",
    "plainto_tsquery",
    "phraseto_tsquery",
    "websearch_to_tsquery",
    "string_agg",
  ],
];

/** These change with time or by chance, so they get a caveat of their own. */
export const CLOCKS: readonly string[] = [
  ...["now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday", "age"],
  ...["random", "random_normal", "gen_random_uuid", "uuidv4", "uuidv7", "array_sample", "array_shuffle"],
  ...["pg_sleep", "pg_sleep_for", "pg_sleep_until"],
];

/** Types of `pg_catalog` whose text depends on the value alone. `regclass` and the like look a name up. */
export const PLAIN_TYPES: readonly string[] = [
  ...[
    "bool",
    "bytea",
    "char",
    "name",
    "int2",
    "int4",
    "int8",
    "text",
    "oid",
    "json",
    "jsonb",
    "jsonpath",
    "xml",
  ],
  ...["float4", "float8", "numeric", "money", "bpchar", "varchar", "uuid", "bit", "varbit"],
  ...[
    "date",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "interval",
    "inet",
    "cidr",
    "macaddr",
    "macaddr8",
  ],
  ...["point", "lseg", "path", "box", "polygon", "line", "circle", "tsvector", "tsquery", "pg_lsn", "xid8"],
  ...["int2vector", "oidvector"],
];

/** Those of them whose input understands `now` and `today`. */
export const CLOCK_TYPES: readonly string[] = ["date", "time", "timetz", "timestamp", "timestamptz"];

/** Nodes that are not understood but run nothing of anybody's: a sample of rows, the locks of rows, a sequence. */
export const QUIET_NODES: readonly string[] = ["TABLESAMPLECLAUSE", "ROWMARKCLAUSE", "NEXTVALUEEXPR"];

/** The nodes of a query tree (`pg_rewrite.ev_action` and the like), by their names in Postgres 14 to 18. */
export const TREE_NODES: readonly string[] = [
  ...["QUERY", "RANGETBLENTRY", "RTE", "RTEPERMISSIONINFO", "ALIAS", "FROMEXPR", "JOINEXPR", "RANGETBLREF"],
  ...["RANGETBLFUNCTION", "TARGETENTRY", "COMMONTABLEEXPR", "CTESEARCHCLAUSE", "CTECYCLECLAUSE"],
  ...["SETOPERATIONSTMT", "SORTGROUPCLAUSE", "GROUPINGSET", "GROUPINGFUNC", "WINDOWCLAUSE", "WINDOWFUNC"],
  ...["AGGREF", "VAR", "CONST", "PARAM", "FUNCEXPR", "NAMEDARGEXPR", "OPEXPR", "DISTINCTEXPR", "NULLIFEXPR"],
  ...[
    "SCALARARRAYOPEXPR",
    "BOOLEXPR",
    "SUBLINK",
    "FIELDSELECT",
    "SUBSCRIPTINGREF",
    "RELABELTYPE",
    "COERCEVIAIO",
  ],
  ...[
    "ARRAYCOERCEEXPR",
    "CONVERTROWTYPEEXPR",
    "COLLATE",
    "COLLATEEXPR",
    "CASE",
    "CASEEXPR",
    "WHEN",
    "CASEWHEN",
  ],
  ...["CASETESTEXPR", "ARRAY", "ARRAYEXPR", "ROW", "ROWEXPR", "ROWCOMPARE", "ROWCOMPAREEXPR", "COALESCE"],
  ...["COALESCEEXPR", "MINMAX", "MINMAXEXPR", "SQLVALUEFUNCTION", "NULLTEST", "BOOLEANTEST", "XMLEXPR"],
  ...["JSONFORMAT", "JSONRETURNING", "JSONVALUEEXPR", "JSONCONSTRUCTOREXPR", "JSONISPREDICATE"],
  ...["COERCETODOMAIN", "COERCETODOMAINVALUE"],
];
