import { samplesOf } from "./samples.ts";
import { SPECIAL, UNCALLED } from "./special.ts";

/** A built-in function, as `pg_proc` has it. */
export interface Routine {
  readonly name: string;
  /** f: function, a: aggregate, w: window function */
  readonly kind: string;
  readonly returnsSet: boolean;
  readonly returns: string;
  /** Names of types, and their spelling in SQL. */
  readonly types: readonly string[];
  readonly written: readonly string[];
  readonly isVariadic: boolean;
  /** The number of arguments of an ordered-set aggregate before WITHIN GROUP; null for any other function. */
  readonly direct: number | null;
}

export const ROUTINES_SQL = `
select p.proname as name, p.prokind as kind, p.proretset as "returnsSet", r.typname as returns,
  array(select t.typname::text from unnest(p.proargtypes::oid[]) with ordinality a (type, n) join pg_type t on t.oid = a.type order by n) as types,
  array(select format_type(a.type, null) from unnest(p.proargtypes::oid[]) with ordinality a (type, n) order by n) as written,
  p.provariadic <> 0 as "isVariadic", case when g.aggkind in ('o', 'h') then g.aggnumdirectargs end as direct
from pg_proc p join pg_type r on r.oid = p.prorettype left join pg_aggregate g on g.aggfnoid = p.oid
where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind <> 'p'
order by p.proname, p.proargtypes::text`;

const PSEUDO = /^(any|record|cstring|internal|trigger|event_trigger|void|.*_handler)/;

/** Whether a view or a policy could contain it at all. */
export function isCallable({ name, types, returns }: Routine): boolean {
  if (UNCALLED.test(name)) return false;
  if (["internal", "trigger", "event_trigger", "void"].includes(returns) || returns.endsWith("_handler"))
    return false;
  return types.every((type) => samplesOf(type).length > 0) || specialsOf(name, types).length > 0;
}

/** Bodies of views over `small s` that call it, the most informative first. */
export function* callsOf(routine: Routine, most = 150): Iterable<string> {
  const { name, types } = routine;
  let left = most;
  for (const given of specialsOf(name, types)) yield bodyOf(routine, given);
  for (const given of combinations(types)) {
    left -= 1;
    if (left < 0) return;
    yield bodyOf(routine, given);
  }
}

function specialsOf(name: string, types: readonly string[]): readonly (readonly string[])[] {
  const texts = SPECIAL[`${name}(${types.join(",")})`] ?? SPECIAL[name] ?? [];
  return texts.map(splitArguments).filter((given) => given.length === types.length);
}

/** All combinations of samples, with the first argument varying slowest. */
function* combinations(types: readonly string[]): Iterable<readonly string[]> {
  const [first, ...others] = types;
  if (first === undefined) {
    yield [];
    return;
  }
  const rests = [...combinations(others)];
  for (const sample of samplesOf(first)) for (const rest of rests) yield [sample, ...rest];
}

function bodyOf(
  { name, kind, returnsSet, written, types, isVariadic, direct }: Routine,
  given: readonly string[],
): string {
  const typed = given.map((argument, at) =>
    PSEUDO.test(types[at] ?? "") ? argument : `(${argument})::${written[at]}`,
  );
  const last = typed.length - 1;
  if (isVariadic && types[last] !== "any") typed[last] = `variadic ${typed[last]}`;
  const call = `pg_catalog."${name}"`;
  if (direct !== null) {
    const sorted = typed.slice(direct).join(", ") || "s.n";
    return `select (${call}(${typed.slice(0, direct).join(", ")}) within group (order by ${sorted}))::text as x from public.small s`;
  }
  const called = `${call}(${typed.join(", ")})`;
  // Ordered, because Postgres may sum the same rows in another order.
  if (kind === "a") {
    const ordered = typed.length === 0 ? `${call}(*)` : `${call}(${typed.join(", ")} order by s.id)`;
    return `select (${ordered})::text as x from public.small s`;
  }
  if (kind === "w") return `select s.id, (${called} over (order by s.id))::text as x from public.small s`;
  if (returnsSet) return `select s.id, made::text as x from public.small s, lateral ${called} made`;
  return `select s.id, (${called})::text as x from public.small s`;
}

/** At the commas outside of quotes and brackets. */
function splitArguments(text: string): readonly string[] {
  const given: string[] = [];
  let [depth, isQuoted, from] = [0, false, 0];
  for (let at = 0; at <= text.length; at += 1) {
    const character = text[at];
    if (character === "'") isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === "(" || character === "[") depth += 1;
    else if (character === ")" || character === "]") depth -= 1;
    else if ((character === "," && depth === 0) || character === undefined) {
      const argument = text.slice(from, at).trim();
      if (argument !== "") given.push(argument);
      from = at + 1;
    }
  }
  return given;
}
