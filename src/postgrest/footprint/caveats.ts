import type { Read } from "../query/read.ts";
import type { Caveat } from "../schema/schema.ts";
import type { LevelContext } from "./level.ts";
import { columnsInFilters, outputAndSortColumns, readsWholeRows } from "./level-columns.ts";

/** Types that a query may cast to, by every name, whose casts read nothing but the value. */
const CAST_NAMES: ReadonlySet<string> = new Set([
  ...[
    "bool",
    "boolean",
    "int",
    "int2",
    "int4",
    "int8",
    "integer",
    "smallint",
    "bigint",
    "numeric",
    "decimal",
  ],
  ...[
    "float",
    "float4",
    "float8",
    "real",
    "double precision",
    "money",
    "text",
    "varchar",
    "bpchar",
    "char",
    "name",
  ],
  ...["uuid", "json", "jsonb", "bytea", "interval", "inet", "cidr", "macaddr", "xml", "tsvector", "tsquery"],
  ...["date", "time", "timetz", "timestamp", "timestamptz", "bit", "varbit", "point", "box", "circle"],
  ...["character varying", "timestamp with time zone", "timestamp without time zone"],
]);

/** Whatever a level asks of the database that is not on a list of what is understood. */
export function* caveatsOf(read: Read, context: LevelContext): Iterable<Caveat> {
  const { relation, description, level, isRoot } = context;
  if (description === undefined) return;
  const named = [...outputAndSortColumns(level), ...columnsInFilters(context)];
  for (const name of new Set(readsWholeRows(level) ? [...description.columns.keys(), ...named] : named)) {
    const column = description.columns.get(name);
    if (column?.caveat) yield column.caveat;
    // A system column (`ctid`, `xmin`), or any function: to Postgres `t.f` may mean `f(t)`.
    if (column === undefined && !description.computed.has(name)) {
      yield { kind: "unwatchable", culprit: `${relation}.${name}` };
    }
  }
  for (const item of level.select) {
    if (item.kind !== "column") continue;
    for (const cast of [item.cast, item.aggregateCast]) {
      if (cast !== undefined && !CAST_NAMES.has(cast))
        yield { kind: "unwatchable", culprit: `cast to ${cast}` };
    }
  }
  if (isRoot && isHandled(read.accept ?? [], description.handlers)) {
    yield { kind: "unknown-reads", culprit: `a media handler of ${relation}` };
  }
}

/** Whether a user-defined media handler may make the answer. Media types fit if they are equal or either is a wildcard. */
export function isHandled(accept: readonly string[], handlers: readonly string[]): boolean {
  if (handlers.length === 0) return false;
  return accept.some((type) => type.includes("*") || handlers.includes(type)) || handlers.includes("*/*");
}
