import type { ColumnOrigin, RelationDescription, Schema } from "../schema/schema.ts";

/** A foreign key, or what is left of it where views stand on either side. */
export interface Tie {
  /** The constraint's name. */
  readonly name: string;
  readonly child: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly referenced: readonly string[];
  /** Both sides are tables. */
  readonly isExact: boolean;
}

const known = new WeakMap<Schema, readonly Tie[]>();

/** All foreign keys, those of tables and those that views show of them. */
export function tiesOf(schema: Schema): readonly Tie[] {
  let ties = known.get(schema);
  if (ties === undefined) {
    ties = [...tables(schema)].flatMap((tie) => [tie, ...lifted(schema, tie)]);
    known.set(schema, ties);
  }
  return ties;
}

function* tables(schema: Schema): Iterable<Tie> {
  for (const [child, { foreignKeys }] of schema) {
    for (const { name, columns, relation, referenced } of foreignKeys) {
      if (schema.has(relation)) yield { name, child, columns, parent: relation, referenced, isExact: true };
    }
  }
}

/** The same tie between views that show the columns of one side, or of both. */
function* lifted(schema: Schema, tie: Tie): Iterable<Tie> {
  const children = [...showing(schema, tie.child, tie.columns)];
  const parents = [...showing(schema, tie.parent, tie.referenced)];
  const childSides = [{ relation: tie.child, columns: tie.columns }, ...children];
  const parentSides = [{ relation: tie.parent, columns: tie.referenced }, ...parents];
  for (const child of childSides) {
    for (const parent of parentSides) {
      if (child.relation === tie.child && parent.relation === tie.parent) continue;
      yield {
        name: tie.name,
        child: child.relation,
        columns: child.columns,
        parent: parent.relation,
        referenced: parent.columns,
        isExact: false,
      };
    }
  }
}

interface Side {
  readonly relation: string;
  readonly columns: readonly string[];
}

/** Views that show all of these columns of a table. */
function* showing(schema: Schema, relation: string, columns: readonly string[]): Iterable<Side> {
  for (const [name, { origins }] of schema) {
    if (origins.size === 0) continue;
    const shown = columns.map((column) => shownAs(schema, origins, { relation, column }));
    if (shown.every((column) => column !== undefined)) yield { relation: name, columns: shown };
  }
}

/** The view's column that shows a table's, by way of other views perhaps. */
function shownAs(
  schema: Schema,
  origins: RelationDescription["origins"],
  wanted: ColumnOrigin,
): string | undefined {
  for (const [name, from] of origins) if (from.some((origin) => leadsTo(schema, origin, wanted))) return name;
  return undefined;
}

/** Views do not refer to each other in circles. */
function leadsTo(schema: Schema, { relation, column }: ColumnOrigin, wanted: ColumnOrigin): boolean {
  if (relation === wanted.relation && column === wanted.column) return true;
  const further = schema.get(relation)?.origins.get(column) ?? [];
  return further.some((origin) => leadsTo(schema, origin, wanted));
}
