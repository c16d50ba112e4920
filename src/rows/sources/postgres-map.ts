import type { ColumnDescription, RelationDescription, Schema } from "../../postgrest/schema/schema.ts";
import type { FollowedTable, RowMap } from "../row-map.ts";
import { FollowError } from "../row-source.ts";

/**
 * Types whose `=` compares no more finely than `coarse` does (R4). Enums, too. Not those of floating point: `float4` takes numbers
 * for equal that differ from the seventh digit on, and both read whatever C's `strtod` reads, such as `0x1.8p3`.
 */
const COMPARED = new Set("int2 int4 int8 numeric bool uuid text varchar bpchar citext".split(" "));

/**
 * What capture tells of rows.
 *
 * @param watched relations whose changes it records, "schema.table"
 * @param follow columns by which rows are told apart besides the primary keys: "posts.author_id", "blog.posts.author_id"
 * @param schemas in which names without a schema are looked for
 * @throws FollowError when there is no such column, or its type's values cannot be compared
 */
export function postgresMap(
  schema: Schema,
  watched: ReadonlySet<string>,
  follow: readonly string[],
  schemas: readonly string[],
): RowMap {
  const wanted = columnsOf(follow, schema, schemas);
  const tables: Record<string, FollowedTable> = {};
  const views: Record<string, readonly string[]> = {};
  const unwatched: string[] = [];
  for (const [name, relation] of schema) {
    if (relation.kind === "function") continue;
    if (isTold(name, schema, watched))
      tables[name] = followedTable(relation, schema, wanted.get(name) ?? new Set());
    else if (relation.kind === "view") {
      const reads = relation.reads?.relations;
      // Of a view that is not understood nothing is known, so it is no name that may be read.
      if (reads !== undefined && relation.reads?.caveats.length === 0)
        views[name] = [...reads.keys()].filter((one) => one !== name);
    } else unwatched.push(name);
  }
  return { tables, unwatched, views, schemas };
}

/** Whether each statement that may change its rows is told. Parts of a watched table are watched with it. */
function isTold(name: string, schema: Schema, watched: ReadonlySet<string>): boolean {
  const isWatched = (one: string) =>
    watched.has(one) || (relationOf(one, schema)?.ancestors ?? []).some((root) => watched.has(root));
  // A row of a part may be changed through any table that the part belongs to.
  return [name, ...(relationOf(name, schema)?.descendants ?? [])].every(
    (part) => isWatched(part) && relationOf(part, schema)?.ancestors.every(isWatched),
  );
}

function relationOf(name: string, schema: Schema): RelationDescription | undefined {
  const relation = schema.get(name);
  return relation?.kind === "function" ? undefined : relation;
}

function followedTable(
  relation: RelationDescription,
  schema: Schema,
  wanted: ReadonlySet<string>,
): FollowedTable {
  const { columns, keys, ancestors, descendants, rowSecurity } = relation;
  const key = keys[0] ?? [];
  const followed = [...key, ...wanted].filter((name) => canBeCompared(columns.get(name)));
  // Another table that has a part of this one has its rows, too.
  const others = [...descendants].flatMap((part) => [...(relationOf(part, schema)?.ancestors ?? [])]);
  const relatives = [...new Set([...ancestors, ...descendants, ...others])].filter(
    (name) => schema.get(name) !== relation,
  );
  return {
    columns: [...columns.keys()],
    followed: [...new Set(followed)],
    ...(relatives.length > 0 && { relatives }),
    ...(rowSecurity && { rowSecurity }),
  };
}

function canBeCompared(column: ColumnDescription | undefined): boolean {
  if (column === undefined || column.generated === "virtual" || column.type.startsWith("_")) return false;
  if (column.family === "enum" || column.type === "citext") return true;
  return column.family === "base" && COMPARED.has(column.type) && column.plainCollation;
}

/** By table. @throws FollowError */
function columnsOf(
  follow: readonly string[],
  schema: Schema,
  schemas: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const written of follow) {
    const at = written.lastIndexOf(".");
    const [table, column] = [written.slice(0, at), written.slice(at + 1)];
    const name = [table, ...schemas.map((each) => `${each}.${table}`)].find((each) => schema.has(each));
    const described = name === undefined ? undefined : schema.get(name)?.columns.get(column);
    if (name === undefined || described === undefined)
      throw new FollowError("unknown-column", `follow: there is no column ${written}`);
    if (!canBeCompared(described))
      throw new FollowError(
        "type-not-followed",
        `follow: values of ${written} (${described.type}) cannot be compared`,
      );
    const columns = wanted.get(name) ?? new Set();
    wanted.set(name, columns.add(column));
  }
  return wanted;
}
