import { IS_OWN_SETTING, MAY_TELL_OF_CALLER } from "./functions-sql.ts";
import { PRINTED_BODY, SIGNATURE } from "./printed.ts";
import { textList } from "./text-list.ts";
import { CLAIM_SETTINGS, TREE_NODES } from "./understood.ts";

/**
 * What reads the caller's claims (S5). A *claim source* is a tree that names a function with `fn.trust = 'claims'`, or a
 * setting with claims, and how often it does so: the reader of its printed text must find as many. So nothing may be
 * printed without its name. An operator, a cast and an aggregate are, and then there is no text at all, which counts as
 * not understood. So do functions that nothing analyses and that may read claims.
 */
export const CLAIMS = `
-- Functions that read nothing but claims, and how they are called in a tree if their name is to be printed.
claim_function as materialized (
  select f.oid, f.prosrc, quote_ident(f.nspname) || '.' || quote_ident(f.proname) as name, lower(f.proname) as word,
    f.proname ~ '^[a-z0-9_]+$' and f.pronargs = 0 as is_plain, ':funcid ' || f.oid || ' ' as mentioned,
    format(':funcid %s :funcresulttype %s :funcretset %s :funcvariadic false :funcformat 0 ',
      f.oid, p.prorettype::oid, case when p.proretset then 'true' else 'false' end) as called,
    ${SIGNATURE} as signature
  from fn f join pg_proc p on p.oid = f.oid where f.trust = 'claims'
),
-- Each tree that names such a function, or a setting with claims: how often, and how often it prints the name.
claim_use as materialized (
  select t.class, t.object, f.oid, f.name, f.prosrc,
    (length(t.source) - length(replace(t.source, f.mentioned, ''))) / length(f.mentioned) as readers,
    (length(t.source) - length(replace(t.source, f.called, ''))) / length(f.called) as printed
  from mention m join claim_function f on f.oid = m.id and m.what = 'function'
  join tree t on t.class = m.class and t.object = m.object
  union all
  select m.class, m.object, f.oid, f.name, f.prosrc, 1, 0
  from mention m join pg_operator o on o.oid = m.id join claim_function f on f.oid = o.oprcode where m.what = 'operator'
  union all
  select c.class, c.object, f.oid, f.name, f.prosrc, 1, 0
  from calls c join claim_function f on f.oid = c.callee
  join fn a on a.oid = c.object and a.prokind = 'a' where c.class = 'pg_proc'::regclass
  union all
  select s.class, s.object, null, null, null, 1, 1 from setting s where s.name ~ '${CLAIM_SETTINGS}'
  union all
  -- What runs before a read, as a setting of PostgREST's own may say, may have put anything there.
  select s.class, s.object, null, null, null, 1, 0 from setting s where ${IS_OWN_SETTING}
  union all
  -- What is not known may name functions in ways that are not known.
  select t.class, t.object, null, null, null, 1, 0 from tree_fault t
  where t.kind = 'unwatchable' and t.culprit ~ '^[a-z_0-9]+$' and upper(t.culprit) <> all (${textList(TREE_NODES)})
),
claim_tree as materialized (
  select u.class, u.object, sum(greatest(u.readers, 1)) as readers,
    -- Two functions of one name have two bodies.
    bool_and(u.printed = greatest(u.readers, 1)) and count(distinct u.name) = count(distinct u.oid) as is_printed,
    coalesce(jsonb_object_agg(u.name, u.prosrc) filter (where u.name is not null), '{}') as functions
  from claim_use u group by u.class, u.object
),
-- What may read claims, and whatever may run that.
claimant as (
  select c.class, c.object from claim_tree c
  union
  select 'pg_proc'::regclass, s.oid
  from suspected s join claim_function f on case
    -- A name that is called has brackets behind it.
    when f.is_plain then f.word = any (s.words) and s.source ~ ('\\m' || f.word || '"?\\s*(\\(|/\\*|--)')
    else position(f.word in s.source) > 0 end
  union
  select a.class, a.object from claimant c join arc a on a.to_class = c.class and a.to_object = c.object
),
-- Postgres then keeps what the first reader of a connection was told, for all others.
mislabelled as (
  select f.oid, 'the label IMMUTABLE of ' || translate(f.nspname || '.' || f.proname, '(', '?') as what
  from fn f where f.provolatile = 'i' and f.prokind <> 'a' and f.trust in ('opaque', 'followed') and (
    f.oid in (select c.object from claimant c where c.class = 'pg_proc'::regclass)
    or f.oid in (select a.object from asks a where a.class = 'pg_proc'::regclass)
    or f.prosrc ~* '\\mcurrent_setting\\M')
),
claim_source as materialized (
  select c.class, c.object, c.readers, c.functions, case
      when p.oid is not null then 'policy ' || p.polname || ' on ' || r.name
      when d.object is not null then 'view ' || r.name
      when k.oid is not null then 'check ' || k.conname || ' of ' || format_type(k.contypid, null)
      else (select ${SIGNATURE} from fn f where f.oid = c.object) end as culprit,
    coalesce(case when not c.is_printed then ''
      when p.oid is not null then d.source
      when d.object is not null then pg_get_viewdef(d.relation)
      when k.oid is not null then pg_get_constraintdef(k.oid)
      else (select concat_ws(', ', ${PRINTED_BODY}, pg_get_expr(f.proargdefaults, 0)) from pg_proc f where f.oid = c.object) end, '') as text
  from claim_tree c
  left join decider d on d.class = c.class and d.object = c.object
  left join relation r on r.oid = d.relation
  left join pg_policy p on c.class = 'pg_policy'::regclass and p.oid = c.object
  left join pg_constraint k on c.class = 'pg_constraint'::regclass and k.oid = c.object
  union all
  -- A function over rows that reads nothing else: as if something called it.
  select 'pg_proc'::regclass, f.oid, 1, jsonb_build_object(f.name, f.prosrc), f.signature, 'SELECT ' || f.name || '()'
  from claim_function f where f.oid in (select s.object from start s)
  union all
  select 'pg_proc'::regclass, f.oid, 1, '{}', ${SIGNATURE}, ''
  from fn f where f.oid in (select r.oid from run r) and (
    (f.trust = 'opaque' and f.oid in (select c.object from claimant c where c.class = 'pg_proc'::regclass))
    or (${MAY_TELL_OF_CALLER}))
),
claimed as materialized (
  select h.class, h.object,
    jsonb_build_object('culprit', s.culprit, 'text', s.text, 'readers', s.readers, 'functions', s.functions) as source
  from reach h join claim_source s on s.class = h.to_class and s.object = h.to_object
)`;
