import type { Sql } from "postgres";
import { callsOf, isCallable, ROUTINES_SQL, type Routine } from "./routines.ts";
import { SAMPLES, samplesOf } from "./samples.ts";
import { syntaxBodies } from "./syntax.ts";

type ItemKind = "function" | "operator" | "cast" | "relation" | "syntax";

/** Something that a view may refer to, and bodies of views that do, the most informative first. */
export interface Item {
  readonly kind: ItemKind;
  readonly name: string;
  readonly bodies: () => Iterable<string>;
}

/** Everything in Postgres' own catalogue that a view can refer to, in an order that does not change. */
export async function everything(sql: Sql): Promise<readonly Item[]> {
  return [
    ...syntaxBodies().map(({ name, body }): Item => ({ kind: "syntax", name, bodies: () => [body] })),
    ...(await relations(sql)),
    ...(await casts(sql)),
    ...(await operators(sql)),
    ...(await functions(sql)),
  ];
}

async function functions(sql: Sql): Promise<readonly Item[]> {
  const routines = await sql.unsafe<Routine[]>(ROUTINES_SQL);
  return routines.filter(isCallable).map((routine) => ({
    kind: "function",
    name: `${routine.name}(${routine.types.join(", ")})`,
    bodies: () => callsOf(routine),
  }));
}

async function operators(sql: Sql): Promise<readonly Item[]> {
  const rows = await sql<{ name: string; left: string | null; right: string }[]>`
    select o.oprname as name, l.typname as left, r.typname as right
    from pg_operator o left join pg_type l on l.oid = o.oprleft join pg_type r on r.oid = o.oprright
    where o.oprnamespace = 'pg_catalog'::regnamespace order by 1, 2, 3`;
  return rows.map(({ name, left, right }) => ({
    kind: "operator",
    name: `${left ?? ""} ${name} ${right}`,
    *bodies() {
      const lefts = left === null ? [""] : samplesOf(left).map((sample) => `(${sample})`);
      for (const before of lefts)
        for (const after of samplesOf(right))
          yield scalar(`${before} operator(pg_catalog.${name}) (${after})`);
    },
  }));
}

/** The catalogue's casts, and casts through text to and from each type. */
async function casts(sql: Sql): Promise<readonly Item[]> {
  const rows = await sql<{ source: string; target: string; written: string }[]>`
    select s.typname as source, t.typname as target, format_type(t.oid, null) as written
    from pg_cast c join pg_type s on s.oid = c.castsource join pg_type t on t.oid = c.casttarget
    where s.typnamespace = 'pg_catalog'::regnamespace and t.typnamespace = 'pg_catalog'::regnamespace order by 1, 2`;
  const types = await sql<{ name: string; written: string }[]>`
    select t.typname as name, format_type(t.oid, null) as written from pg_type t
    where t.typnamespace = 'pg_catalog'::regnamespace and t.typtype in ('b', 'r', 'm') order by 1`;
  const known = types.filter(({ name }) => name.replace(/^_/, "") in SAMPLES);
  const cast = (name: string, source: string, write: (sample: string) => string): Item => ({
    kind: "cast",
    name,
    *bodies() {
      for (const sample of samplesOf(source)) yield scalar(write(sample));
    },
  });
  return [
    ...rows.map(({ source, target, written }) =>
      cast(`${source} as ${target}`, source, (sample) => `(${sample})::${written}`),
    ),
    ...known.map(({ name }) => cast(`${name} as text`, name, (sample) => `(${sample})::text || ''`)),
    ...known.map(({ name, written }) =>
      cast(`text as ${name}`, name, (sample) => `((${sample})::text || '')::${written}`),
    ),
  ];
}

/** Catalogue tables, system views, and the standard's view of them. */
async function relations(sql: Sql): Promise<readonly Item[]> {
  const rows = await sql<{ name: string }[]>`
    select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('pg_catalog', 'information_schema') and c.relkind in ('r', 'v') order by 1`;
  return rows.map(({ name }) => ({
    kind: "relation",
    name,
    // The whole answer or, if it changes too much by itself, its length.
    bodies: () => [
      `select count(*) as n, md5(string_agg(r::text, '|' order by r::text collate "C")) as x from ${name} r`,
      `select count(*) as n from ${name} r`,
    ],
  }));
}

function scalar(expression: string): string {
  return `select s.id, (${expression})::text as x from public.small s`;
}

/** A view's expression, one scalar for each row of `small`, rewritten for another table. */
export function expressionFor(table: string, body: string): string | undefined {
  const found = /^select s\.id, \((.*)\)::text as x from public\.small s$/.exec(body)?.[1];
  // The whole row and aggregates over all rows are not part of a row.
  if (found === undefined || /[( ]s\b(?!\.)|^s\b(?!\.)| over \(/.test(found)) return undefined;
  return found.replaceAll(/\bs\./g, `${table}.`);
}
