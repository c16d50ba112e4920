import type { Level, SelectItem } from "../query/query.ts";
import type { Read } from "../query/read.ts";
import type { Caveat, RelationDescription } from "../schema/schema.ts";
import { filteredColumns } from "./embeds.ts";
import type { LevelContext } from "./level.ts";

/**
 * PostgREST counts rows for a column named `count` where the relation has none: to Postgres `t.count` is then
 * `count(t)`.
 */
export function withCounts(level: Level, description: RelationDescription | undefined): Level {
  if (description === undefined || description.columns.has("count") || description.computed.has("count")) {
    return level;
  }
  return { ...level, select: level.select.map(asCount) };
}

function asCount(item: SelectItem): SelectItem {
  if (item.kind !== "column" || item.field?.column !== "count" || item.field.path.length > 0) return item;
  if (item.aggregate !== undefined) return item;
  const { field: _, cast, ...rest } = item;
  return { ...rest, aggregate: "count", ...(cast !== undefined && { aggregateCast: cast }) };
}

/** The columns that a level shows or sorts by. */
export function* outputAndSortColumns({ select, order }: Level): Iterable<string> {
  for (const item of select) if (item.kind === "column" && item.field) yield item.field.column;
  for (const { embed, field } of order) if (embed === undefined) yield field.column;
}

/** Types whose casts read nothing but the value, under the names that a query may give them. */
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

/** What a level asks of the database that is not on the list of what is understood. */
export function* caveatsOf(
  read: Read,
  { relation, description, level, embedNames, isRoot }: LevelContext,
): Iterable<Caveat> {
  if (description === undefined) return;
  const isWhole = level.select.length === 0 || level.select.some(({ kind }) => kind === "star");
  const filtered = [...filteredColumns(level.where)].filter(
    (name) => !embedNames.has(name) || description.columns.has(name),
  );
  const named = [...outputAndSortColumns(level), ...filtered];
  for (const name of new Set(isWhole ? [...description.columns.keys(), ...named] : named)) {
    const column = description.columns.get(name);
    if (column?.caveat) yield column.caveat;
    // `ctid`, `xmin`, or a function of whatever name: to Postgres `t.f` may be `f(t)`.
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

/** Whether a function of somebody's own may make the answer; one media type fits another if either is a wildcard. */
function isHandled(accept: readonly string[], handlers: readonly string[]): boolean {
  if (handlers.length === 0) return false;
  return accept.some((type) => type.includes("*") || handlers.includes(type)) || handlers.includes("*/*");
}
