/**
 * SQL expressions by type name (`pg_type.typname`), the most informative first: columns of `small`, whose alias is `s`,
 * and names of what changes underneath.
 */
export const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  bool: ["s.b", "true"],
  int2: ["1::int2", "0::int2"],
  int4: ["s.n", "1", "0", "42"],
  int8: ["s.n::int8", "1::int8", "0::int8"],
  float4: ["s.f::float4", "0.5::float4"],
  float8: ["s.f", "0.5::float8"],
  numeric: ["s.num", "1.5"],
  money: ["'1.50'::money"],
  text: [
    ...["s.t", "'2024-01-02'::text", "'day'::text", "'1'::text", "'UTF8'::text", "'hex'::text"],
    ...["'public.other'::text", "'elsewhere.thing'::text", "'{\"a\":1}'::text", "'<a/>'::text"],
    ...["'YYYY-MM-DD'::text", "'UTC'::text", "'a'::text"],
  ],
  varchar: ["s.t::varchar", "'abc'::varchar"],
  bpchar: ["s.t::bpchar"],
  char: ["'r'::\"char\""],
  name: ["'anon'::name", "'other'::name", "'UTF8'::name"],
  cstring: ["'1'", "'other'", "'2024-01-02'"],
  bytea: ["s.y", "'\\x6162'::bytea"],
  uuid: ["s.u"],
  date: ["s.d"],
  time: ["'12:00'::time"],
  timetz: ["'12:00+02'::timetz"],
  timestamp: ["s.ts"],
  timestamptz: ["s.tz"],
  interval: ["s.iv"],
  json: ["s.j", "'[1,2]'::json", '\'{"a":{"b":1}}\'::json', "'[{\"a\":1}]'::json"],
  jsonb: ["s.jb", "'7'::jsonb", "'[1,2]'::jsonb", '\'{"a":{"b":1}}\'::jsonb', "'[{\"a\":1}]'::jsonb"],
  jsonpath: ["'$.a'::jsonpath", "'$.*'::jsonpath"],
  xml: ["s.x"],
  bit: ["B'1010'"],
  varbit: ["B'1010'::varbit"],
  inet: ["'10.0.0.1/24'::inet"],
  cidr: ["'10.0.0.0/24'::cidr"],
  macaddr: ["'08:00:2b:01:02:03'::macaddr"],
  macaddr8: ["'08:00:2b:01:02:03:04:05'::macaddr8"],
  point: ["point '(1,2)'"],
  lseg: ["lseg '((0,0),(1,1))'"],
  path: ["path '((0,0),(1,1),(2,0))'", "path '[(0,0),(1,1)]'"],
  box: ["box '((0,0),(1,1))'"],
  polygon: ["polygon '((0,0),(1,1),(2,0))'"],
  line: ["line '{1,2,3}'"],
  circle: ["circle '<(0,0),1>'"],
  tsvector: ["s.v"],
  tsquery: ["'word'::tsquery"],
  gtsvector: [],
  int4range: ["s.r"],
  int8range: ["'[1,5)'::int8range"],
  numrange: ["'[1,5)'::numrange"],
  daterange: ["'[2024-01-01,2024-02-01)'::daterange"],
  tsrange: ["'[2024-01-01,2024-02-01)'::tsrange"],
  tstzrange: ["'[2024-01-01Z,2024-02-01Z)'::tstzrange"],
  int4multirange: ["'{[1,5)}'::int4multirange"],
  int8multirange: ["'{[1,5)}'::int8multirange"],
  nummultirange: ["'{[1,5)}'::nummultirange"],
  datemultirange: ["'{[2024-01-01,2024-02-01)}'::datemultirange"],
  tsmultirange: ["'{[2024-01-01,2024-02-01)}'::tsmultirange"],
  tstzmultirange: ["'{[2024-01-01Z,2024-02-01Z)}'::tstzmultirange"],
  oid: [
    "'public.other'::regclass::oid",
    "'elsewhere.fn'::regproc::oid",
    "(select c.oid from pg_catalog.pg_constraint c where c.conname = 'thing_n_check')",
    "'elsewhere.thing_pkey'::regclass::oid",
    "'elsewhere.looker'::regclass::oid",
    "'elsewhere.counter'::regclass::oid",
    "'elsewhere.kind'::regtype::oid",
    "'writers'::text::regrole::oid",
    "'elsewhere.config'::regconfig::oid",
    "'public'::regnamespace::oid",
    "(select d.oid from pg_catalog.pg_database d where d.datname = current_database())",
    "(select g.oid from pg_catalog.pg_trigger g where g.tgname = 'watcher')",
    "4242::oid",
  ],
  regclass: ["'public.other'::regclass", "'elsewhere.counter'::regclass", "'elsewhere.looker'::regclass"],
  regproc: ["'elsewhere.fn'::regproc"],
  regprocedure: ["'elsewhere.fn(int)'::regprocedure"],
  regoper: ["'pg_catalog.||/'::regoper"],
  regoperator: ["'pg_catalog.+(int4,int4)'::regoperator"],
  regtype: ["'elsewhere.kind'::regtype"],
  // Postgres accepts no constant of this type in a view.
  regrole: ["'writers'::text::regrole"],
  regnamespace: ["'elsewhere'::regnamespace"],
  regconfig: ["'elsewhere.config'::regconfig"],
  regdictionary: ["'elsewhere.dict'::regdictionary"],
  regcollation: ["'\"C\"'::regcollation"],
  regdatabase: ["'template1'::regdatabase"],
  xid: ["s.xmin", "'3'::xid"],
  xid8: ["'700'::xid8"],
  cid: ["s.cmin"],
  tid: ["s.ctid", "'(0,1)'::tid"],
  pg_lsn: ["'0/16B3748'::pg_lsn"],
  pg_snapshot: ["'700:800:700'::pg_snapshot"],
  txid_snapshot: ["'700:800:700'::txid_snapshot"],
  aclitem: ["'anon=r/postgres'::aclitem"],
  oidvector: ["'23 25'::oidvector"],
  int2vector: ["'1 2'::int2vector"],
  refcursor: ["'c'::refcursor"],
  // Polymorphic and pseudo-types.
  any: ["s.n", "s.t"],
  anyelement: ["s.n", "s.t", "null::elsewhere.pair", "s.k"],
  anynonarray: ["s.n"],
  anyarray: ["s.ia"],
  anyenum: ["s.k"],
  anyrange: ["s.r"],
  anymultirange: ["'{[1,5)}'::int4multirange"],
  anycompatible: ["s.n"],
  anycompatiblenonarray: ["s.n"],
  anycompatiblearray: ["s.ia"],
  anycompatiblerange: ["s.r"],
  anycompatiblemultirange: ["'{[1,5)}'::int4multirange"],
  record: ["row(s.n, 'a'::text)"],
};

/** Samples of an array of that type. */
export function samplesOf(type: string): readonly string[] {
  const own = SAMPLES[type];
  if (own !== undefined || !type.startsWith("_")) return own ?? [];
  if (type === "_int4") return ["s.ia"];
  if (type === "_float8") return ["'{1,2,3,4,5,6}'::float8[]", "'{1,2,3}'::float8[]"];
  if (type === "_text") return ["array[s.t, 'a']", "'{a}'::text[]"];
  return (SAMPLES[type.slice(1)] ?? []).slice(0, 1).map((sample) => `array[${sample}]`);
}

export const SMALL_SQL = `
create table public.small (
  id int4 primary key, n int4, t text, f float8, num numeric, b bool, d date, ts timestamp, tz timestamptz, iv interval,
  j json, jb jsonb, x xml, u uuid, y bytea, ia int4[], r int4range, v tsvector, k elsewhere.kind
);
insert into public.small
  select i, i, 'word ' || i, i + 0.5, i + 0.25, i = 1, date '2024-01-01' + i, timestamp '2024-01-01' + i * interval '1 hour',
    timestamptz '2024-01-01Z' + i * interval '1 hour', i * interval '90 minutes', '{"a":1,"b":[1,2]}', '{"a":1,"b":[1,2]}',
    xmlparse(content '<a>1</a>'), 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\\x6162', array[i, 2], int4range(i, 9), 'word:1', 'old'
  from generate_series(1, 2) i;
`;
