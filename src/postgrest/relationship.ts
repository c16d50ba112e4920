import type { EmbedItem } from "./query.ts";
import type { ForeignKey, RelationDescription, Schema } from "./schema.ts";

/** One way in which Postgres' foreign keys join an embedded relation to its parent. */
export interface Relationship {
  readonly target: string;
  /** Pairwise equal: columns of the parent, and of the target or (many to many) of the junction. */
  readonly parentColumns: readonly string[];
  readonly columns: readonly string[];
  /** Present for many to many: then `columns` are the junction's. */
  readonly junction?: {
    readonly relation: string;
    readonly toTarget: readonly string[];
    readonly targetColumns: readonly string[];
  };
}

/**
 * Every relationship that PostgREST may mean by this embed: by relation, constraint or column name, narrowed by a
 * hint. More than one is fine, as all of them are depended on; none means that the embed is not known. A view on
 * either side is not known either: PostgREST traces its columns to base tables.
 */
export function relationshipsOf(schema: Schema, parent: string, embed: EmbedItem): readonly Relationship[] {
  const description = schema.get(parent);
  if (description === undefined || isView(description)) return [];
  if (description.computed.has(embed.relation)) return [];
  const found = [...toOne(parent, description, embed), ...toMany(schema, parent, embed)];
  const viaJunction = manyToMany(schema, parent, embed, found.length > 0);
  return [...found, ...viaJunction].filter(({ target }) => {
    const targetDescription = schema.get(target);
    return targetDescription !== undefined && !isView(targetDescription);
  });
}

function isView(description: RelationDescription): boolean {
  return description.kind === "view" || description.kind === "materialized";
}

const schemaOf = (relation: string) => relation.slice(0, relation.indexOf("."));
const nameOf = (relation: string) => relation.slice(relation.indexOf(".") + 1);

function* toOne(parent: string, description: RelationDescription, embed: EmbedItem): Iterable<Relationship> {
  for (const key of description.foreignKeys) {
    if (schemaOf(key.relation) !== schemaOf(parent)) continue;
    if (!names(embed.relation, nameOf(key.relation), key, key.columns)) continue;
    if (!fitsHint(embed.hint, key)) continue;
    yield {
      target: key.relation,
      parentColumns: key.columns,
      columns: key.referenced,
    };
  }
}

function* toMany(schema: Schema, parent: string, embed: EmbedItem): Iterable<Relationship> {
  for (const [child, { foreignKeys }] of schema) {
    if (schemaOf(child) !== schemaOf(parent)) continue;
    for (const key of foreignKeys) {
      if (key.relation !== parent) continue;
      if (!names(embed.relation, nameOf(child), key, key.referenced)) continue;
      if (!fitsHint(embed.hint, key)) continue;
      yield {
        target: child,
        parentColumns: key.referenced,
        columns: key.columns,
      };
    }
  }
}

/** PostgREST asks that the junction's primary key hold both foreign keys; without rivals this does not insist. */
function* manyToMany(
  schema: Schema,
  parent: string,
  embed: EmbedItem,
  hasRivals: boolean,
): Iterable<Relationship> {
  const target = `${schemaOf(parent)}.${embed.relation}`;
  for (const [relation, { foreignKeys, keys }] of schema) {
    if (embed.hint !== undefined && embed.hint !== nameOf(relation)) continue;
    const primary = keys[0] ?? [];
    for (const toParent of foreignKeys) {
      if (toParent.relation !== parent) continue;
      for (const toTarget of foreignKeys) {
        if (toTarget === toParent || toTarget.relation !== target) continue;
        const columns = [...toParent.columns, ...toTarget.columns];
        if (hasRivals && !columns.every((column) => primary.includes(column))) continue;
        yield {
          target,
          parentColumns: toParent.referenced,
          columns: toParent.columns,
          junction: { relation, toTarget: toTarget.columns, targetColumns: toTarget.referenced },
        };
      }
    }
  }
}

function names(name: string, relation: string, key: ForeignKey, columns: readonly string[]): boolean {
  return name === relation || name === key.name || (columns.length === 1 && columns[0] === name);
}

function fitsHint(hint: string | undefined, key: ForeignKey): boolean {
  if (hint === undefined || hint === key.name) return true;
  return (
    (key.columns.length === 1 && key.columns[0] === hint) ||
    (key.referenced.length === 1 && key.referenced[0] === hint)
  );
}
