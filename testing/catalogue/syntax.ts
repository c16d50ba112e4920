/** Expressions with a syntax of their own instead of a call: scalars over `small s`. */
const SCALARS: readonly string[] = [
  // SQL value functions
  ...[
    "current_user",
    "session_user",
    "current_role",
    "user",
    "current_catalog",
    "current_schema",
    "system_user",
  ],
  ...[
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "current_timestamp(0)",
  ],
  // System columns
  ...["s.xmin", "s.xmax", "s.cmin", "s.cmax", "s.ctid", "s.tableoid", "s.tableoid::regclass", "s::text"],
  // Names that are looked up when they are printed or parsed
  ...["'public.other'::regclass", "'elsewhere.fn'::regproc", "'elsewhere.fn(int)'::regprocedure"],
  ...[
    "'elsewhere.kind'::regtype",
    "'writers'::text::regrole",
    "'elsewhere'::regnamespace",
    "'elsewhere.config'::regconfig",
  ],
  ...[
    "('elsewhere.' || 'thing')::regclass",
    "('public.' || 'other')::regclass::oid",
    "('writ' || 'ers')::regrole",
  ],
  ...[
    "(s.n || '')::int",
    "('n' || 'ow')::date",
    "('to' || 'day')::timestamp",
    "'now'::text::timestamptz",
    "('20' || '24-01-01')::timestamptz",
  ],
  // JSON
  ...[
    "json_object('a': s.n, 'b': s.t absent on null)",
    "json_array(s.n, s.t)",
    "json(s.t is json)",
    "s.j is json object",
  ],
  ...[
    "json_scalar(s.n)",
    "json_serialize(s.j)",
    "json_value(s.jb, '$.a' returning int)",
    "json_query(s.jb, '$.b')",
  ],
  ...["json_exists(s.jb, '$.a')", "json_object('c': (select count(*) from public.stranger))"],
  ...[
    "json_array(select t.n from public.stranger t order by 1)",
    "row_to_json(s)",
    "to_jsonb(s) -> 'n'",
    "s.jb['a']",
    "s.jb ->> 'a'",
  ],
  // XML
  ...[
    "xmlelement(name e, xmlattributes(s.n as n), s.t)",
    "xmlforest(s.n, s.t)",
    "xmlconcat(s.x, s.x)",
    "xmlparse(document '<a/>')",
  ],
  ...[
    "xmlserialize(content s.x as text)",
    "xmlpi(name php, 'x')",
    "xmlroot(s.x, version '1.0')",
    "s.x is document",
    "xmlexists('/a' passing s.x)",
  ],
  // Conditions and conversions
  ...[
    "case when s.n > 1 then 'a' else s.t end",
    "coalesce(s.n, 0)",
    "nullif(s.n, 1)",
    "greatest(s.n, 1)",
    "least(s.n, 5)",
  ],
  ...[
    "extract(year from s.d)",
    "extract(epoch from s.tz)",
    "s.tz at time zone 'UTC'",
    "s.ts at time zone 'Europe/Paris'",
    "s.tz at local",
  ],
  ...[
    "(s.d, s.d + 1) overlaps (s.d, s.d + 2)",
    "s.t similar to 'w%'",
    "s.t like 'w%' escape '!'",
    "s.t collate \"C\" < 'x'",
    "normalize(s.t)",
    "s.t is normalized",
  ],
  ...[
    "overlay(s.t placing 'x' from 1)",
    "position('o' in s.t)",
    "substring(s.t from 1 for 2)",
    "trim(both 'w' from s.t)",
    "s.ia[1]",
    "s.ia[1:1]",
    "array[s.n, 2]",
  ],
  ...[
    "row(s.n, s.t) is distinct from row(1, 'a')",
    "s.n between symmetric 5 and 1",
    "s.n = any (s.ia)",
    "s.n in (1, 2)",
    "s.k",
    "s.k < 'new'",
  ],
  // Subqueries
  ...[
    "(select count(*) from public.other)",
    "(select max(o.n) from public.other o where o.id = s.id)",
    "exists (select from public.stranger)",
  ],
  ...[
    "array(select t.n from public.stranger t order by 1)",
    "(select last_value from elsewhere.counter)",
    "(select count(*) from elsewhere.frozen)",
  ],
  ...[
    "(select count(*) from elsewhere.looker)",
    "(select count(*) from elsewhere.parted)",
    "elsewhere.fn(s.n)",
    "elsewhere.liar(s.n)",
  ],
  ...[
    "(select count(*) from pg_catalog.pg_class)",
    "(select t.typname from pg_catalog.pg_type t where t.oid = 23)",
  ],
];

/** Whole bodies of views. */
const BODIES: readonly string[] = [
  "select s.id from public.small s tablesample bernoulli (50)",
  "select s.id from public.small s tablesample system (50) repeatable (1)",
  "select o.id, o.n from public.other o tablesample bernoulli (40) repeatable (7)",
  "select s.id, x.* from public.small s, xmltable('/a' passing s.x columns v text path '.') x",
  "select s.id, j.* from public.small s, json_table(s.jb, '$.b[*]' columns (v int path '$')) j",
  "select s.id, x.a from public.small s, json_to_record(s.j) x (a int)",
  "select s.id, x.a from public.small s, jsonb_to_recordset('[{\"a\":1}]'::jsonb) x (a int)",
  "select s.id, x.* from public.small s, rows from (generate_series(1, 2), unnest(s.ia)) with ordinality x",
  "with w as (select * from public.other) select s.id, w.n from public.small s left join w using (id)",
  "with recursive w as (select 1 as i union all select i + 1 from w where i < (select count(*) from public.stranger)) select i from w",
  "select s.n, count(*) as c, grouping(s.n) as g from public.small s group by rollup (s.n)",
  "select s.id, sum(s.n) over w as x, rank() over w as y from public.small s window w as (order by s.n)",
  "select distinct on (s.b) s.b, s.id from public.small s order by s.b, s.id",
  "select s.id from public.small s union select o.id from public.other o except select t.id from public.stranger t",
  "values (1), ((select count(*) from public.stranger))",
  "table public.other",
  "select s.id from public.small s order by s.n fetch first 1 row with ties",
  "select s.id, o.* from public.small s cross join lateral (select o.n from public.other o where o.id >= s.id order by o.id limit 1) o",
  "select s.id, count(*) filter (where s.b) as c, string_agg(s.t, ',' order by s.t) as t from public.small s group by s.id",
  "select percentile_cont(0.5) within group (order by s.f) as p, mode() within group (order by s.n) as m from public.small s",
  "select s.id from public.small s where s.n < (select count(*) from elsewhere.thing)",
  "select t.* from elsewhere.thing t",
  "select s.id from public.small s natural join public.stranger",
  "select * from elsewhere.frozen",
];

export function syntaxBodies(): readonly { readonly name: string; readonly body: string }[] {
  return [
    ...SCALARS.map((scalar) => ({
      name: scalar,
      body: `select s.id, (${scalar})::text as x from public.small s`,
    })),
    ...BODIES.map((body) => ({ name: body, body })),
  ];
}
