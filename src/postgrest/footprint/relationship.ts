import type { EmbedItem } from "../query/query.ts";
import type { RelationDescription, Schema } from "../schema/schema.ts";
import { type Tie, tiesOf } from "./ties.ts";

/** One way in which an embedded relation joins its parent. */
export interface Relationship {
  readonly target: string;
  /** Pairwise equal: columns of the parent, and of the target or (many to many) of the junction. */
  readonly parentColumns: readonly string[];
  readonly columns: readonly string[];
  /** Without rivals, surely how PostgREST joins. Not so where views are involved, whose columns it traces by rules of its own. */
  readonly isExact: boolean;
  /** Present for many to many: then `columns` are the junction's. */
  readonly junction?: {
    readonly relation: string;
    readonly toTarget: readonly string[];
    readonly targetColumns: readonly string[];
  };
}

/**
 * Every relationship that PostgREST may mean by this embed: by relation, constraint or column name, narrowed by a
 * hint, or by a function over the parent's rows. More than one is fine, as all of them are depended on; none means
 * that the embed is not known.
 */
export function relationshipsOf(schema: Schema, parent: string, embed: EmbedItem): readonly Relationship[] {
  const description = schema.get(parent);
  if (description === undefined) return [];
  if (description.computed.get(embed.relation)?.target) return computed(schema, description, embed);
  const ties = tiesOf(schema);
  const found = [...toOne(ties, parent, embed), ...toMany(ties, parent, embed)];
  return [...found, ...manyToMany(schema, ties, parent, embed, found.length > 0)];
}

/** A function over the parent's rows: it takes precedence over keys, and may read all of its row. */
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

function* toOne(ties: readonly Tie[], parent: string, embed: EmbedItem): Iterable<Relationship> {
  for (const tie of ties) {
    if (tie.child !== parent || schemaOf(tie.parent) !== schemaOf(parent)) continue;
    if (!names(embed.relation, nameOf(tie.parent), tie, tie.columns) || !fitsHint(embed.hint, tie)) continue;
    yield {
      target: tie.parent,
      parentColumns: tie.columns,
      columns: tie.referenced,
      isExact: tie.isExact,
    };
  }
}

function* toMany(ties: readonly Tie[], parent: string, embed: EmbedItem): Iterable<Relationship> {
  for (const tie of ties) {
    if (tie.parent !== parent || schemaOf(tie.child) !== schemaOf(parent)) continue;
    if (!names(embed.relation, nameOf(tie.child), tie, tie.referenced) || !fitsHint(embed.hint, tie))
      continue;
    yield {
      target: tie.child,
      parentColumns: tie.referenced,
      columns: tie.columns,
      isExact: tie.isExact,
    };
  }
}

/** PostgREST asks that the junction's primary key hold both foreign keys; without rivals this does not insist. */
function* manyToMany(
  schema: Schema,
  ties: readonly Tie[],
  parent: string,
  embed: EmbedItem,
  hasRivals: boolean,
): Iterable<Relationship> {
  const target = `${schemaOf(parent)}.${embed.relation}`;
  for (const toParent of ties) {
    const relation = toParent.child;
    if (toParent.parent !== parent || (embed.hint !== undefined && embed.hint !== nameOf(relation))) continue;
    for (const toTarget of ties) {
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

function names(name: string, relation: string, tie: Tie, columns: readonly string[]): boolean {
  return name === relation || name === tie.name || (columns.length === 1 && columns[0] === name);
}

function fitsHint(hint: string | undefined, tie: Tie): boolean {
  if (hint === undefined || hint === tie.name) return true;
  return (
    (tie.columns.length === 1 && tie.columns[0] === hint) ||
    (tie.referenced.length === 1 && tie.referenced[0] === hint)
  );
}
