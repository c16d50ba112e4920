import { FIRST_OF_OTHERS } from "./object-ids.ts";
import { textList } from "./text-list.ts";
import { CLOCK_TYPES, RECORD_READERS, TREE_NODES } from "./understood.ts";

const FUNCTIONS = "funcid|aggfnoid|winfnoid|hashfuncid|negfuncid|tsmhandler|startInRangeFunc|endInRangeFunc";
const OPERATORS = "opno|eqop|sortop|cycle_mark_neop";
const TYPES =
  "consttype|vartype|paramtype|aggtype|wintype|funcresulttype|opresulttype|resulttype|refcontainertype|refelemtype|refrestype|coalescetype|minmaxtype|casetype|array_typeid|element_typeid|row_typeid|type|typeId";

/**
 * The query trees of policies, views, functions and domains, and everything that they mention. Postgres escapes blanks and
 * brackets in names, so whatever these patterns find is a field.
 *
 * `pg_depend` alone is not enough, as it leaves out built-in objects.
 */
export const TREES = `
tree as materialized (
  select 'pg_policy'::regclass::oid as class, p.oid as object, coalesce(p.polqual::text, '') as source from pg_policy p
  where p.polcmd in ('r', '*') and p.oid in (select d.object from decider d where d.class = 'pg_policy'::regclass)
  union all
  select 'pg_rewrite'::regclass, w.oid, w.ev_action::text from pg_rewrite w
  where w.oid in (select d.object from decider d where d.class = 'pg_rewrite'::regclass)
  union all
  select 'pg_proc'::regclass, p.oid, concat(p.prosqlbody::text, ' ', p.proargdefaults::text) from pg_proc p
  where (p.prosqlbody is not null or p.proargdefaults is not null) and p.oid >= ${FIRST_OF_OTHERS}
    and p.oid not in (select a.function from analysed a)
  union all
  select 'pg_proc'::regclass, p.oid, concat(a.tree, ' ', p.proargdefaults::text) from analysed a join pg_proc p on p.oid = a.function
  union all
  select 'pg_constraint'::regclass, c.oid, c.conbin::text from pg_constraint c where c.contypid <> 0 and c.conbin is not null
),
-- Trees that make values of any types they name out of JSON, by the types' input functions and with their checks.
record_tree as materialized (
  select t.class, t.object from tree t
  where t.source ~ (select format(':funcid (%s) ', string_agg(p.oid::text, '|')) from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.oid < ${FIRST_OF_OTHERS} and p.proname = any (${textList(RECORD_READERS)}))
),
mention as materialized (
  select distinct t.class, t.object, case
      when m[1] ~ '^(${FUNCTIONS})$' then 'function'
      when m[1] ~ '^(${OPERATORS})$' then 'operator'
      when m[1] = 'relid' then 'relation' else 'type' end as what, m[2]::oid as id
  from tree t cross join lateral
    regexp_matches(t.source, ':(${FUNCTIONS}|${OPERATORS}|relid|${TYPES}) ([1-9]\\d*)', 'g') m
  union
  select t.class, t.object, 'operator', id::oid
  from tree t cross join lateral regexp_matches(t.source, ':opnos \\(o ([0-9 ]+)\\)', 'g') m
  cross join lateral regexp_split_to_table(m[1], ' ') id
  union
  -- A text read as a value of another type.
  select t.class, t.object, 'input', m[1]::oid
  from tree t cross join lateral regexp_matches(t.source, ':resulttype (\\d+) :resultcollid \\d+ :coerceformat', 'g') m
  union
  -- A value checked by a domain.
  select t.class, t.object, 'check', m[1]::oid
  from tree t cross join lateral
    regexp_matches(t.source, ':resulttype (\\d+) :resulttypmod -?\\d+ :resultcollid \\d+ :coercionformat', 'g') m
  union
  -- The columns of a function whose rows the tree describes.
  select t.class, t.object, 'type', id::oid
  from tree t cross join lateral regexp_matches(t.source, ':funccoltypes \\(o ([0-9 ]+)\\)', 'g') m
  cross join lateral regexp_split_to_table(m[1], ' ') id
  union
  select r.class, r.object, 'input', id::oid
  from record_tree r join tree t on t.class = r.class and t.object = r.object
  cross join lateral regexp_matches(t.source, ':(?:(?:${TYPES}) |funccoltypes \\(o )([1-9][0-9 ]*)', 'g') m
  cross join lateral regexp_split_to_table(trim(m[1]), ' ') id
)`;

export const TREE_FAULTS = `
-- What a tree has that is not on the list of what is understood, functions aside.
tree_fault as (
  select t.class, t.object, 'unwatchable' as kind, lower(m[1]) as culprit
  from tree t cross join lateral regexp_matches(t.source, '(?:^|[ (])\\{([A-Z_0-9]+)', 'g') m
  where m[1] <> all (${textList(TREE_NODES)})
  union
  select t.class, t.object, 'clock', 'the clock' from tree t where t.source ~ '\\{SQLVALUEFUNCTION :op [0-8] '
  union
  select t.class, t.object, 'unwatchable', 'current_schema' from tree t where t.source ~ '\\{SQLVALUEFUNCTION :op (?![0-9] |1[0-3] )'
  union
  select t.class, t.object, 'unknown-reads', 'a statement that writes' from tree t where t.source ~ ':commandType [^1]'
  union
  select t.class, t.object, 'unwatchable', 'a system column' from tree t where t.source ~ ':varattno -'
  union
  select m.class, m.object, 'unwatchable', n.nspname || '.' || c.relname
  from mention m join pg_class c on c.oid = m.id join pg_namespace n on n.oid = c.relnamespace
  where m.what = 'relation' and not exists (select from relation r where r.oid = m.id)
  union
  select m.class, m.object, f.kind, f.culprit
  from mention m join type_fault f on f.start = m.id where m.what in ('type', 'input', 'check')
  union
  select m.class, m.object, 'clock', 'text read as ' || format_type(m.id, null)
  from mention m join type_part p on p.start = m.id join pg_type t on t.oid = p.part
  where m.what = 'input' and (t.typtype = 'c' or t.typname = any (${textList(CLOCK_TYPES)}))
)`;
