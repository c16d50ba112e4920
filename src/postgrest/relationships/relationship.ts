import type { EmbedItem } from "../query/query.ts";
import type { RelationDescription, Schema } from "../schema/schema.ts";
import { type JoinPath, joinPathsOf } from "./join-paths.ts";

/** One way in which an embedded relation joins its parent. */
export interface Relationship {
  readonly target: string;
  /** Pairwise equal: columns of the parent, and of the target or (many to many) of the junction. */
  readonly parentColumns: readonly string[];
  readonly columns: readonly string[];
  /** If it is the only one, PostgREST certainly joins by it. False with views, which it traces by rules of its own. */
  readonly isExact: boolean;
  /** Present for many to many: then `columns` are the junction's. */
  readonly junction?: {
    readonly relation: string;
    readonly toTarget: readonly string[];
    readonly targetColumns: readonly string[];
  };
}

/**
 * Every relationship that PostgREST may mean by this embed: found by relation, constraint or column name, narrowed by a
 * hint, or given by a function over the parent's rows. With several, the answer depends on all of them; none means that
 * the embed is not known.
 */
export function relationshipsOf(schema: Schema, parent: string, embed: EmbedItem): readonly Relationship[] {
  const description = schema.get(parent);
  if (description === undefined) return [];
  if (description.computed.get(embed.relation)?.target) return computed(schema, description, embed);
  const joinPaths = joinPathsOf(schema);
  const found = [...toOne(joinPaths, parent, embed), ...toMany(joinPaths, parent, embed)];
  return [...found, ...manyToMany(schema, joinPaths, parent, embed, found.length > 0)];
}

/** A function over the parent's rows takes precedence over keys, and may read the whole row. */
function computed(
  schema: Schema,
  description: RelationDescription,
  { relation, hint }: EmbedItem,
): readonly Relationship[] {
  const target = description.computed.get(relation)?.target;
  if (target === undefined || hint !== undefined || !schema.has(target)) return [];
  return [{ target, parentColumns: [...description.columns.keys()], columns: [], isExact: false }];
}

const schemaOf = (relation: string) => relation.slice(0, relation.indexOf("."));
const nameOf = (relation: string) => relation.slice(relation.indexOf(".") + 1);

function* toOne(joinPaths: readonly JoinPath[], parent: string, embed: EmbedItem): Iterable<Relationship> {
  for (const joinPath of joinPaths) {
    if (joinPath.child !== parent || schemaOf(joinPath.parent) !== schemaOf(parent)) continue;
    if (
      !names(embed.relation, nameOf(joinPath.parent), joinPath, joinPath.columns) ||
      !fitsHint(embed.hint, joinPath)
    )
      continue;
    yield {
      target: joinPath.parent,
      parentColumns: joinPath.columns,
      columns: joinPath.referenced,
      isExact: joinPath.isExact,
    };
  }
}

function* toMany(joinPaths: readonly JoinPath[], parent: string, embed: EmbedItem): Iterable<Relationship> {
  for (const joinPath of joinPaths) {
    if (joinPath.parent !== parent || schemaOf(joinPath.child) !== schemaOf(parent)) continue;
    if (
      !names(embed.relation, nameOf(joinPath.child), joinPath, joinPath.referenced) ||
      !fitsHint(embed.hint, joinPath)
    )
      continue;
    yield {
      target: joinPath.child,
      parentColumns: joinPath.referenced,
      columns: joinPath.columns,
      isExact: joinPath.isExact,
    };
  }
}

/** PostgREST requires both foreign keys in the junction's primary key. Without rivals this is not required here. */
function* manyToMany(
  schema: Schema,
  joinPaths: readonly JoinPath[],
  parent: string,
  embed: EmbedItem,
  hasRivals: boolean,
): Iterable<Relationship> {
  const target = `${schemaOf(parent)}.${embed.relation}`;
  for (const toParent of joinPaths) {
    const relation = toParent.child;
    if (toParent.parent !== parent || (embed.hint !== undefined && embed.hint !== nameOf(relation))) continue;
    for (const toTarget of joinPaths) {
      if (toTarget.child !== relation || toTarget.parent !== target || toTarget === toParent) continue;
      const isExact = toParent.isExact && toTarget.isExact;
      const columns = [...toParent.columns, ...toTarget.columns];
      const [primary = []] = schema.get(relation)?.keys ?? [];
      if (hasRivals && isExact && !columns.every((column) => primary.includes(column))) continue;
      yield {
        target,
        parentColumns: toParent.referenced,
        columns: toParent.columns,
        isExact,
        junction: { relation, toTarget: toTarget.columns, targetColumns: toTarget.referenced },
      };
    }
  }
}

function names(name: string, relation: string, joinPath: JoinPath, columns: readonly string[]): boolean {
  return name === relation || name === joinPath.name || (columns.length === 1 && columns[0] === name);
}

function fitsHint(hint: string | undefined, joinPath: JoinPath): boolean {
  if (hint === undefined || hint === joinPath.name) return true;
  return (
    (joinPath.columns.length === 1 && joinPath.columns[0] === hint) ||
    (joinPath.referenced.length === 1 && joinPath.referenced[0] === hint)
  );
}
