import { FIRST_OF_OTHERS } from "./object-ids.ts";
import { SIGNATURE } from "./printed.ts";
import { textList } from "./text-list.ts";
import {
  CLAIM_SETTINGS,
  CLOCK_TYPES,
  CLOCKS,
  PLAIN_TYPES,
  QUIET_EXTENSIONS,
  QUIET_NODES,
  QUIET_STATE,
  RECORD_READERS,
  STABLE_BY_ARGUMENTS,
  TREE_NODES,
} from "./understood.ts";

/**
 * The body of a function that reads only the caller's claims, as Supabase's `auth.uid()` does: it has these words and no
 * others. They mean what `pg_catalog` says, which every search path begins with unless it says otherwise.
 */
const CLAIMS_ONLY =
  "^\\s*select(\\s|,|\\(|\\)|''''|''[a-z_]+''|''\\{\\}''|->>?|coalesce|nullif|true|::\\s*(uuid|text|jsonb|json)|current_setting\\s*\\(\\s*''request\\.jwt\\.claims?(\\.[a-z_]+)?''(::text)?\\s*(,\\s*true\\s*)?\\)|as\\s+[a-z_]+)*;?\\s*$";

/** Without one of these words, nothing in SQL or PL/pgSQL can read the request. */
const READS_SETTINGS =
  "\\m(current_setting|set_config|pg_settings|execute|show|ts_stat|ts_rewrite|[a-z_]+_to_xml[a-z_]*)\\M|u&";

/** Whether `f`, of the CTE `fn`, is one of Postgres' own that may tell something of the caller, or run somebody's code. */
export const MAY_TELL_OF_CALLER = `f.trust = 'state' and not f.proname ~ '^has_[a-z_]+_privilege$' and f.proname <> all (${textList(QUIET_STATE)})`;

/** Whether `s`, of the CTE `setting`, is one of somebody's own, which what PostgREST runs before a read may have set. */
export const IS_OWN_SETTING = "s.name ~ '[.]' and s.name !~ '^request[.]'";

/** The text constant whose bytes, after four that hold its length, a query tree prints as `m[1]`. */
const TEXT_CONSTANT = `(select string_agg(chr((byte::int + 256) % 256), '' order by at)
      from unnest(string_to_array(trim(m[1]), ' ')) with ordinality bytes (byte, at) where at > 4)`;

/** The words of the source of `s`, of the CTE `script`. */
const WORDS =
  "array(select distinct w[1] from regexp_matches(s.source, '[[:alpha:]_][[:alnum:]_$]*', 'g') w)";

/**
 * Whatever the source of `s` may run, as far as the names and symbols in it tell. More than it does run, perhaps: what matters
 * is that nothing is missing.
 */
const NAMED = `
    select 'pg_proc'::regclass::oid as to_class, g.oid as to_object
    from unnest(s.words) word join script g on g.is_word and g.name = word
    union all
    select 'pg_proc'::regclass, g.oid from script g where not g.is_word and position(g.name in s.source) > 0
    union all
    select 'pg_proc'::regclass, o.object from written_operator o where position(o.oprname in s.source) > 0
    union all
    -- A cast need not be written down.
    select 'pg_proc'::regclass, c.object from written_cast c where s.trust = 'opaque'
    union all
    -- Nor need a type that a variable, a row or an argument has.
    select 'pg_constraint'::regclass, c.oid from pg_constraint c where s.trust = 'opaque' and c.contypid <> 0
    union all
    select d.class, d.object
    from unnest(s.words) word join relation r on lower(r.relname) = word join decider d on d.relation = r.oid
    union all
    select d.class, d.object
    from relation r join decider d on d.relation = r.oid
    where r.relname !~ '^[[:alpha:]_][[:alnum:]_$]*$' and position(lower(r.relname) in s.source) > 0`;

/**
 * How far each function is understood:
 *
 * - *pure*: its result depends only on its arguments. Postgres' label is trusted where no owner can have written the
 *   function: in `internal` and `C`.
 * - *claims*: its result depends only on its arguments and on the caller's claims.
 * - *followed*: its body is a query tree (`BEGIN ATOMIC`, or an analysis that capture has stored), or it is an aggregate made
 *   of other functions.
 * - *setting*: `current_setting`, whose argument is looked at.
 * - *clock*, *state* (it reads the server's or the session's), *opaque* (nothing tells what it reads).
 */
export const FUNCTIONS = `
fn as materialized (
  select p.oid, p.proname, p.prosrc, p.prokind, p.provolatile, p.pronargs, l.lanname, case
    when n.nspname = 'pg_catalog' and p.oid < ${FIRST_OF_OTHERS} then case
      when p.proname = 'current_setting' then 'setting'
      when p.prokind in ('a', 'w') or p.provolatile = 'i' then 'pure'
      when p.proname = any (${textList(CLOCKS)}) then 'clock'
      when p.provolatile = 's' and p.proname = any (${textList(STABLE_BY_ARGUMENTS)})
        -- A time of day in another zone: which one is in force today decides.
        and not (p.proname = 'timezone' and 'timetz'::regtype = any (p.proargtypes::oid[]))
        and not (p.proname = 'timetz' and 'time'::regtype = any (p.proargtypes::oid[])) then 'pure'
      -- The trees that call them name the types. An operator or an aggregate over one does not.
      when p.proname = any (${textList(RECORD_READERS)}) and not exists (select from pg_operator o where o.oprcode = p.oid)
        and not exists (select from pg_aggregate g
          where p.oid in (g.aggtransfn, g.aggfinalfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn)) then 'pure'
      else 'state' end
    -- Who runs it is not who calls it.
    when exists (select from unnest(p.proconfig) c where c ~ '^(role|session_authorization)=') then 'opaque'
    -- A first value that is written as text may be read by the clock, or by somebody's own type.
    when p.prokind = 'a' and exists (select from pg_aggregate g join pg_type t on t.oid = g.aggtranstype
      where g.aggfnoid = p.oid and g.agginitval is not null
        and (t.oid >= ${FIRST_OF_OTHERS} or t.typname <> all (${textList(PLAIN_TYPES)}) or t.typname = any (${textList(CLOCK_TYPES)}))) then 'opaque'
    when p.prosqlbody is not null or p.prokind = 'a' then 'followed'
    when l.lanname = 'c' and p.provolatile = 'i' then 'pure'
    when l.lanname = 'internal' and exists (select from pg_proc b where b.oid < ${FIRST_OF_OTHERS}
      and b.prolang = p.prolang and b.prosrc = p.prosrc and b.prokind = 'f' and b.provolatile = 'i') then 'pure'
    when l.lanname = 'sql' and p.prosrc ~* '${CLAIMS_ONLY}' and p.prorettype in ('uuid'::regtype, 'text'::regtype, 'json'::regtype, 'jsonb'::regtype)
      -- With that label, Postgres may keep what one reader was told for the next.
      and p.provolatile <> 'i' and p.pronargdefaults = 0
      and not exists (select from unnest(p.proconfig) c where c !~ '^search_path=' or (c ~ 'pg_catalog' and c !~ '^search_path=pg_catalog'))
      -- Without a path of its own, another function's or role's may put other things before what pg_catalog has.
      and (exists (select from unnest(p.proconfig) c where c ~ '^search_path=')
        or not exists (select from pg_proc o where o.oid >= ${FIRST_OF_OTHERS} and o.proname = 'current_setting')
        and not exists (select from pg_type o where o.oid >= ${FIRST_OF_OTHERS} and o.typname in ('uuid', 'text', 'json', 'jsonb')))
      and not exists (select from pg_operator o join written w on w.oid = o.oprcode where o.oprname in ('=', '->', '->>')) then 'claims'
    when p.oid in (select a.function from analysed a) then 'followed'
    else 'opaque' end as trust,
    n.nspname
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
),
calls as (
  select m.class, m.object, case m.what when 'operator' then o.oprcode::oid else m.id end as callee
  from mention m left join pg_operator o on m.what = 'operator' and o.oid = m.id
  where m.what in ('function', 'operator')
  union
  select 'pg_proc'::regclass, a.aggfnoid, part.callee
  from pg_aggregate a
  cross join lateral (values (a.aggtransfn::oid), (a.aggfinalfn::oid), (a.aggcombinefn::oid), (a.aggserialfn::oid),
    (a.aggdeserialfn::oid), (a.aggmtransfn::oid), (a.aggminvtransfn::oid), (a.aggmfinalfn::oid),
    ((select o.oprcode::oid from pg_operator o where o.oid = a.aggsortop))) part (callee)
  where a.aggfnoid >= ${FIRST_OF_OTHERS} and part.callee <> 0
),
edge as materialized (
  select distinct c.class, c.object, 'pg_proc'::regclass::oid as to_class, c.callee as to_object
  from calls c join fn f on f.oid = c.callee where f.trust not in ('pure', 'claims', 'setting')
  union
  select m.class, m.object, 'pg_constraint'::regclass, c.oid
  from mention m join type_part p on p.start = m.id join pg_constraint c on c.contypid = p.part
  where m.what in ('check', 'input')
  union
  -- What goes in and comes out is checked, too, and no tree of the function's own shows it.
  select 'pg_proc'::regclass, x.object, 'pg_constraint'::regclass, c.oid
  from passed x join type_part p on p.start = x.type join pg_constraint c on c.contypid = p.part
),
-- The functions that policies, views, checks and PostgREST run.
run as materialized (
  select e.to_object as oid from edge e where e.to_class = 'pg_proc'::regclass
  union
  select s.object from start s where s.class = 'pg_proc'::regclass
),
-- The settings whose names are written down, and how many are read in all.
setting as materialized (
  -- Postgres does not mind in which letters.
  select t.class, t.object, lower(${TEXT_CONSTANT}) as name
  from tree t cross join lateral regexp_matches(t.source,
    ':funcid (?:2077|3294) [^{}]*:args \\(\\{CONST :consttype 25 [^{}]*:constvalue \\d+ \\[ ([-0-9 ]+)\\]\\}', 'g') m
),
-- A header taken out of request.headers by its name, in the one way that is understood.
header as materialized (
  select t.class, t.object, ${TEXT_CONSTANT} as name
  from tree t cross join lateral regexp_matches(t.source,
    '\\{OPEXPR :opno (?:3962|3963|3211|3477) [^{}]*:args \\(\\{COERCEVIAIO :arg \\{FUNCEXPR :funcid (?:2077|3294) [^{}]*'
    ':args \\(\\{CONST [^{}]*:constvalue \\d+ \\[ (?:-?\\d+ ){4}114 101 113 117 101 115 116 46 104 101 97 100 101 114 115 \\]\\}(?: \\{CONST [^{}]*\\})?\\) [^{}]*\\}'
    ' :resulttype (?:114|3802) [^{}]*\\} \\{CONST :consttype 25 [^{}]*:constvalue \\d+ \\[ ([-0-9 ]+)\\]\\}', 'g') m
),
-- What of the request a tree reads: a header's name after "header ", or the name of a setting.
asks as (
  select s.class, s.object, s.name as what from setting s
  where s.name ~ '^request\\.' and s.name !~ '${CLAIM_SETTINGS}' and s.name <> 'request.headers'
  union
  select s.class, s.object, s.name from setting s where s.name = 'request.headers'
  group by s.class, s.object, s.name
  having count(*) > (select count(*) from header h where h.class = s.class and h.object = s.object)
  union
  select h.class, h.object, 'header ' || lower(h.name) from header h
  union
  select t.class, t.object, 'a setting whose name is not known' from tree t
  where (select count(*) from regexp_matches(t.source, ':funcid (?:2077|3294) ', 'g'))
    > (select count(*) from setting s where s.class = t.class and s.object = t.object)
  union
  -- One of somebody's own may have been set by what PostgREST runs before a read.
  select s.class, s.object, 'the setting ' || s.name from setting s where ${IS_OWN_SETTING}
  union
  -- By an operator, or by an aggregate.
  select c.class, c.object, 'a setting whose name is not known' from calls c join fn f on f.oid = c.callee
  where f.trust = 'setting' and not exists (
    select from mention m where m.class = c.class and m.object = c.object and m.what = 'function' and m.id = c.callee)
),
-- The sources in which names may stand.
script as materialized (
  select f.oid, lower(f.proname) as name, case when f.oid in (select a.function from analysed a) then '' else lower(f.prosrc) end as source,
    f.lanname, f.prokind, f.trust, f.proname ~ '^[[:alpha:]_][[:alnum:]_$]*$' as is_word
  from fn f where f.oid >= ${FIRST_OF_OTHERS} and f.trust in ('opaque', 'followed')
),
-- Operators and casts that run functions of somebody's own: few or none, as a rule, and looked up once for all sources.
written_operator as materialized (
  select o.oprname, o.oprcode::oid as object from pg_operator o join written w on w.oid = o.oprcode
),
written_cast as materialized (
  select c.castfunc as object from pg_cast c join written w on w.oid = c.castfunc
),
-- What a tree may run, and where a source stands whose words have to be looked at.
link as materialized (
  select e.class, e.object, e.to_class, e.to_object, null::oid as script from edge e
  union all
  select m.class, m.object, d.class, d.object, null from mention m join decider d on d.relation = m.id where m.what = 'relation'
  union all
  select 'pg_proc'::regclass, s.oid, null, null, s.oid from script s
),
-- What runs, and whatever that may run. To split a source into words takes most of the time, and most are of no concern.
suspect as (
  select 'pg_proc'::regclass::oid as class, r.oid as object from run r
  union
  select a.to_class, a.to_object
  -- In this order: each "offset 0" keeps what follows from being done for all sources.
  from (select l.* from suspect f join link l on l.class = f.class and l.object = f.object offset 0) l
  cross join lateral (
    select l.to_class, l.to_object where l.script is null
    union all
    select n.to_class, n.to_object
    from (select s.source, s.trust, ${WORDS} as words from script s where s.oid = l.script offset 0) s cross join lateral (${NAMED}) n
  ) a
),
suspected as materialized (
  select s.*, ${WORDS} as words from script s
  where s.oid in (select f.object from suspect f where f.class = 'pg_proc'::regclass)
),
-- From each tree, and each source that is suspected, to whatever it may run.
arc as materialized (
  select l.class, l.object, l.to_class, l.to_object from link l where l.script is null
  union
  select 'pg_proc'::regclass, s.oid, n.to_class, n.to_object from suspected s cross join lateral (${NAMED}) n
),
-- What may read the request, and whatever may run that.
inquirer as (
  select a.class, a.object from asks a
  union
  select 'pg_proc'::regclass, s.oid from suspected s
  where s.source ~ '${READS_SETTINGS}' or (s.trust = 'opaque' and s.lanname not in ('sql', 'plpgsql', 'c', 'internal'))
    -- What is written in C may run SQL, unless it belongs to an extension that is known not to.
    or (s.lanname in ('c', 'internal') and s.prokind <> 'a' and not exists (
      select from pg_depend p join pg_extension x on x.oid = p.refobjid
      where p.classid = 'pg_proc'::regclass and p.objid = s.oid and p.refclassid = 'pg_extension'::regclass
        and x.extname = any (${textList(QUIET_EXTENSIONS)})))
  union
  select a.class, a.object from inquirer i join arc a on a.to_class = i.class and a.to_object = i.object
),
inquisitive as materialized (
  select distinct s.oid from inquirer i join suspected s on s.oid = i.object and i.class = 'pg_proc'::regclass
  where s.trust = 'opaque' and s.oid in (select r.oid from run r)
),
fault as materialized (
  select * from tree_fault
  union
  select 'pg_proc'::regclass, f.oid,
    case f.trust when 'clock' then 'clock' when 'state' then 'unwatchable' else 'unknown-reads' end, ${SIGNATURE}
  from fn f where f.oid in (select r.oid from run r) and f.trust in ('clock', 'state', 'opaque')
  union
  select s.class, s.object, 'unwatchable', 'the setting ' || s.name from setting s
  where s.name !~ '^request\\.' and s.name not in ('role', 'timezone')
),
demand as materialized (
  select class, object, what from asks
  union
  select 'pg_proc'::regclass, i.oid, ${SIGNATURE} from inquisitive i join fn f on f.oid = i.oid
  union
  select 'pg_proc'::regclass, m.oid, m.what from mislabelled m
  union
  -- Functions of somebody's own that cast, compare or print.
  select t.class, t.object, t.culprit from tree_fault t where t.kind = 'unknown-reads' and t.culprit like 'the type %'
  union
  -- What is not known to read nothing of the caller's may run somebody's code: the checks of a type, say. SQL in a text may be
  -- any, and what changes settings may change the claims for what runs after it: no word of the owner's excuses these.
  select 'pg_proc'::regclass, f.oid, case when f.proname ~ '_to_xml' or f.proname in ('ts_stat', 'ts_rewrite', 'set_config')
      then f.proname else ${SIGNATURE} end
  from fn f
  where ${MAY_TELL_OF_CALLER}
  union
  select t.class, t.object, coalesce((select ${SIGNATURE} from fn f where t.class = 'pg_proc'::regclass and f.oid = t.object), t.culprit || '()')
  from tree_fault t where t.kind = 'unwatchable' and t.culprit ~ '^[a-z_0-9]+$' and t.culprit <> 'current_schema'
    and upper(t.culprit) <> all (${textList([...TREE_NODES, ...QUIET_NODES])})
)`;
