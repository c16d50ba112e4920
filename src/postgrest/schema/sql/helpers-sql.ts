import { FIRST_OF_OTHERS } from "./object-ids.ts";
import { PRINTED_BODY } from "./printed.ts";

/**
 * The bodies of functions that policies call, for whoever follows what each call hands to them. So a function counts only if
 * nothing runs it that is not printed by its name: no operator, cast or aggregate, and no check of a domain.
 */
export const HELPERS = `
helper as materialized (
  select f.oid, f.nspname || '.' || f.proname as name, ${PRINTED_BODY} as body,
    array(select coalesce(p.proargnames[a], '') from generate_series(1, p.pronargs) a) as parameters
  from fn f join pg_proc p on p.oid = f.oid
  where f.trust = 'followed' and f.prokind = 'f' and f.oid >= ${FIRST_OF_OTHERS}
    and f.nspname ~ '^[a-z_][a-z0-9_]*$' and f.proname ~ '^[a-z_][a-z0-9_]*$'
    and p.pronargdefaults = 0 and p.provariadic = 0
    and not exists (select from unnest(p.proargmodes) with ordinality m (mode, at) where (m.at <= p.pronargs) <> (m.mode = 'i'))
    and not exists (select from pg_proc o where o.pronamespace = p.pronamespace and o.proname = p.proname and o.oid <> p.oid)
    and not exists (select from pg_operator o where o.oprcode = f.oid)
    and not exists (select from pg_cast c where c.castfunc = f.oid)
    and not exists (select from calls c join fn a on a.oid = c.object and a.prokind = 'a'
      where c.class = 'pg_proc'::regclass and c.callee = f.oid)
),
-- Of each policy, what it makes run; "is_beyond" if that is not told.
helped as materialized (
  select distinct r.class, r.object, x.name, x.parameters, x.body, x.body is null as is_beyond
  from reach r
  left join fn f on r.to_class = 'pg_proc'::regclass and f.oid = r.to_object
  left join helper x on x.oid = f.oid
  where r.to_class = 'pg_constraint'::regclass or f.trust = 'followed'
)`;
