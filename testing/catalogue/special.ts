/**
 * Meaningful arguments of functions, by name, or by name and types if several functions share it. Those of the right
 * number are tried before the samples.
 */
export const SPECIAL: Readonly<Record<string, readonly string[]>> = {
  current_setting: ["'app.mode', true", "'work_mem'"],
  query_to_xml: [`${query()}, true, false, ''`],
  query_to_xmlschema: [`${query()}, true, false, ''`],
  query_to_xml_and_xmlschema: [`${query()}, true, false, ''`],
  table_to_xml: ["'public.stranger'::regclass, true, false, ''"],
  table_to_xml_and_xmlschema: ["'public.stranger'::regclass, true, false, ''"],
  schema_to_xml: ["'elsewhere', true, false, ''"],
  schema_to_xml_and_xmlschema: ["'elsewhere', true, false, ''"],
  schema_to_xmlschema: ["'elsewhere', true, false, ''"],
  ts_stat: ["'select to_tsvector(''simple'', n::text) from public.stranger'"],
  ts_rewrite: ["'1'::tsquery, 'select ''1''::tsquery, (n::text)::tsquery from public.stranger'"],
  has_table_privilege: privileges("'public.stranger'", "'public.stranger'::regclass::oid", "'insert'"),
  has_any_column_privilege: privileges("'public.stranger'", "'public.stranger'::regclass::oid", "'insert'"),
  has_column_privilege: [
    ...privileges("'public.stranger', 'n'", "'public.stranger'::regclass::oid, 'n'", "'insert'"),
    ...privileges("'public.stranger', 2::int2", "'public.stranger'::regclass::oid, 2::int2", "'insert'"),
  ],
  has_sequence_privilege: privileges("'elsewhere.counter'", "'elsewhere.counter'::regclass::oid", "'usage'"),
  has_schema_privilege: privileges("'elsewhere'", "'elsewhere'::regnamespace::oid", "'create'"),
  has_function_privilege: privileges("'elsewhere.fn(int)'", "'elsewhere.fn'::regproc::oid", "'execute'"),
  has_type_privilege: privileges("'elsewhere.kind'", "'elsewhere.kind'::regtype::oid", "'usage'"),
  has_language_privilege: privileges(
    "'plpgsql'",
    "(select l.oid from pg_language l where l.lanname = 'plpgsql')",
    "'usage'",
  ),
  has_database_privilege: privileges(
    "current_database()",
    "(select d.oid from pg_database d where d.datname = current_database())",
    "'create'",
  ),
  has_tablespace_privilege: privileges(
    "'pg_default'",
    "(select p.oid from pg_tablespace p where p.spcname = 'pg_default')",
    "'create'",
  ),
  has_parameter_privilege: [
    "'anon'::name, 'work_mem', 'alter system'",
    "'anon'::text::regrole::oid, 'work_mem', 'alter system'",
    "'work_mem', 'alter system'",
  ],
  has_largeobject_privilege: [
    "'anon'::name, 4242::oid, 'update'",
    "'anon'::text::regrole::oid, 4242::oid, 'update'",
    "4242::oid, 'update'",
  ],
  pg_has_role: privileges("'writers'::name", "'writers'::text::regrole::oid", "'member'"),
  row_security_active: ["'public.other'::text", "'public.other'::regclass::oid"],
  to_regclass: ["'elsewhere.later'"],
  to_regproc: ["'elsewhere.later_fn'"],
  to_regprocedure: ["'elsewhere.later_fn(int)'"],
  to_regtype: ["'elsewhere.later'"],
  to_regtypemod: ["'varchar(3)'"],
  to_regrole: ["'later_role'"],
  to_regnamespace: ["'later_schema'"],
  to_regcollation: ["'elsewhere.later_collation'"],
  obj_description: ["'public.other'::regclass::oid, 'pg_class'", "'public.other'::regclass::oid"],
  col_description: ["'public.other'::regclass::oid, 2"],
  shobj_description: ["'writers'::text::regrole::oid, 'pg_authid'"],
  pg_sequence_last_value: ["'elsewhere.counter'::regclass"],
  pg_sequence_parameters: ["'elsewhere.counter'::regclass::oid"],
  pg_get_sequence_data: ["'elsewhere.counter'::regclass"],
  pg_get_serial_sequence: ["'elsewhere.thing', 'id'"],
  lo_get: ["4242::oid", "4242::oid, 0::int8, 100"],
  pg_read_file: ["'tidemark_probe.txt'", "'tidemark_probe.txt', 0::int8, 100::int8"],
  pg_read_binary_file: ["'tidemark_probe.txt'"],
  pg_stat_file: ["'tidemark_probe.txt'", "'tidemark_probe.txt', true"],
  pg_ls_dir: ["'.'", "'pg_wal'"],
  pg_relation_filepath: ["'public.other'::regclass"],
  pg_relation_filenode: ["'public.other'::regclass"],
  pg_relation_size: ["'public.stranger'::regclass", "'public.stranger'::regclass, 'main'"],
  pg_table_size: ["'public.stranger'::regclass"],
  pg_total_relation_size: ["'public.stranger'::regclass"],
  pg_database_size: [
    "current_database()",
    "(select d.oid from pg_database d where d.datname = current_database())",
  ],
  pg_get_viewdef: [
    "'elsewhere.looker'::regclass::oid",
    "'elsewhere.looker'",
    "'elsewhere.looker'::regclass::oid, true",
  ],
  pg_get_expr: [
    "(select a.adbin from pg_attrdef a where a.adrelid = 'elsewhere.thing'::regclass limit 1), 'elsewhere.thing'::regclass::oid",
    "(select a.adbin from pg_attrdef a where a.adrelid = 'elsewhere.thing'::regclass limit 1), 'elsewhere.thing'::regclass::oid, true",
  ],
  pg_get_userbyid: ["'writers'::text::regrole::oid"],
  pg_describe_object: ["'pg_class'::regclass::oid, 'public.other'::regclass::oid, 0"],
  pg_identify_object: ["'pg_class'::regclass::oid, 'public.other'::regclass::oid, 0"],
  pg_identify_object_as_address: ["'pg_class'::regclass::oid, 'public.other'::regclass::oid, 0"],
  pg_get_object_address: ["'table', '{elsewhere,thing}', '{}'"],
  pg_get_acl: ["'pg_class'::regclass::oid, 'public.stranger'::regclass::oid, 0"],
  "age(xid)": ["s.xmin"],
  pg_visible_in_snapshot: [
    "pg_current_xact_id_if_assigned(), pg_current_snapshot()",
    "'700'::xid8, pg_current_snapshot()",
  ],
  txid_visible_in_snapshot: ["700, txid_current_snapshot()"],
  pg_xact_status: ["(s.xmin::text)::xid8"],
  txid_status: ["(s.xmin::text)::int8"],
  ts_lexize: ["'elsewhere.dict'::regdictionary, 'word'"],
  ts_debug: ["'elsewhere.config'::regconfig, 'word'", "'word'"],
  pg_get_keywords: [""],
  pg_options_to_table: ["'{a=1}'::text[]"],
  pg_partition_tree: ["'elsewhere.parted'::regclass"],
  pg_partition_ancestors: ["'elsewhere.parted_one'::regclass"],
  pg_partition_root: ["'elsewhere.parted_one'::regclass"],
  pg_get_partition_constraintdef: ["'elsewhere.parted_one'::regclass::oid"],
  pg_get_partkeydef: ["'elsewhere.parted'::regclass::oid"],
  pg_get_statisticsobjdef: ["(select e.oid from pg_statistic_ext e where e.stxname = 'stats')"],
  pg_get_ruledef: ["(select w.oid from pg_rewrite w where w.ev_class = 'elsewhere.looker'::regclass)"],
  pg_get_triggerdef: ["(select g.oid from pg_trigger g where g.tgname = 'watcher')"],
  pg_collation_actual_version: ["'\"C.utf8\"'::regcollation::oid", "'\"en-x-icu\"'::regcollation::oid"],
  gin_clean_pending_list: [],
  set_config: ["'app.mode', 'x', true"],
  json_populate_record: ["null::elsewhere.pair, s.j", "null::elsewhere.pair, s.j, false"],
  jsonb_populate_record: ["null::elsewhere.pair, s.jb"],
  json_populate_recordset: [
    "null::elsewhere.pair, '[{\"a\":1}]'::json",
    "null::elsewhere.pair, '[{\"a\":1}]'::json, false",
  ],
  jsonb_populate_recordset: ["null::elsewhere.pair, '[{\"a\":1}]'::jsonb"],
  generate_subscripts: ["s.ia, 1", "s.ia, 1, true"],
  xpath: ["'/a/text()', s.x", "'/a/text()', s.x, array[array['p', 'q']]"],
  xpath_exists: ["'/a', s.x", "'/a', s.x, array[array['p', 'q']]"],
  width_bucket: ["s.n, array[1, 2]"],
  pg_char_to_encoding: ["'UTF8'"],
  inet_client_addr: [""],
};

function query(): string {
  return "'select count(*) as c from public.stranger'";
}

/** The six forms of a privilege inquiry. */
function privileges(named: string, numbered: string, privilege: string): readonly string[] {
  return [
    `'anon'::name, ${named}, ${privilege}`,
    `'anon'::name, ${numbered}, ${privilege}`,
    `'anon'::text::regrole::oid, ${named}, ${privilege}`,
    `'anon'::text::regrole::oid, ${numbered}, ${privilege}`,
    `${named}, ${privilege}`,
    `${numbered}, ${privilege}`,
  ];
}

/**
 * Functions that affect the server or other sessions, or that wait, and two that would read every view of the test.
 * They are judged, but not called.
 */
export const UNCALLED =
  /^(pg_(sleep|terminate|cancel|reload|rotate|promote|wal_replay|switch_wal|create_|drop_|copy_|replication_|logical_|log_|backup|stop_|start_|notify|stat_reset|stat_clear|clear_|restore_|import_|extension_|promote|sync_)|.*advisory|binary_upgrade|database_to_xml|setseed|setval|nextval|currval|lastval|lo_(?!get)|lowrite|loread|brin_|gin_clean|pg_stat_force)/;
