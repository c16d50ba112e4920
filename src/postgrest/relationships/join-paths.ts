import type { ColumnOrigin, RelationDescription, Schema } from "../schema/schema.ts";

/** Columns that reference another relation's: those of a foreign key, or what views show of them. */
export interface JoinPath {
  /** The name of the constraint. */
  readonly name: string;
  readonly child: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly referenced: readonly string[];
  /** Both sides are tables. */
  readonly isExact: boolean;
}

const known = new WeakMap<Schema, readonly JoinPath[]>();

/** All foreign keys between tables, and all that views show of them. */
export function joinPathsOf(schema: Schema): readonly JoinPath[] {
  let paths = known.get(schema);
  if (paths === undefined) {
    paths = [...foreignKeys(schema)].flatMap((path) => [path, ...throughViews(schema, path)]);
    known.set(schema, paths);
  }
  return paths;
}

function* foreignKeys(schema: Schema): Iterable<JoinPath> {
  for (const [child, { foreignKeys }] of schema) {
    for (const { name, columns, relation, referenced } of foreignKeys) {
      if (schema.has(relation)) yield { name, child, columns, parent: relation, referenced, isExact: true };
    }
  }
}

/** The same path where a view takes the place of one side, or of both. */
function* throughViews(schema: Schema, path: JoinPath): Iterable<JoinPath> {
  const children = [...viewsShowing(schema, path.child, path.columns)];
  const parents = [...viewsShowing(schema, path.parent, path.referenced)];
  const childSides = [{ relation: path.child, columns: path.columns }, ...children];
  const parentSides = [{ relation: path.parent, columns: path.referenced }, ...parents];
  for (const child of childSides) {
    for (const parent of parentSides) {
      if (child.relation === path.child && parent.relation === path.parent) continue;
      yield {
        name: path.name,
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
function* viewsShowing(schema: Schema, relation: string, columns: readonly string[]): Iterable<Side> {
  for (const [name, { origins }] of schema) {
    if (origins.size === 0) continue;
    const shown = columns.map((column) => shownAs(schema, origins, { relation, column }));
    if (shown.every((column) => column !== undefined)) yield { relation: name, columns: shown };
  }
}

/** The view's column that shows a table's, directly or through other views. */
function shownAs(
  schema: Schema,
  origins: RelationDescription["origins"],
  wanted: ColumnOrigin,
): string | undefined {
  for (const [name, from] of origins) if (from.some((origin) => leadsTo(schema, origin, wanted))) return name;
  return undefined;
}

/** Ends, because views cannot refer to each other in circles. */
function leadsTo(schema: Schema, { relation, column }: ColumnOrigin, wanted: ColumnOrigin): boolean {
  if (relation === wanted.relation && column === wanted.column) return true;
  const further = schema.get(relation)?.origins.get(column) ?? [];
  return further.some((origin) => leadsTo(schema, origin, wanted));
}
