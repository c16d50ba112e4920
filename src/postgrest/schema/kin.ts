import type { Schema } from "./schema.ts";

/**
 * The relations besides this one on which a statement may change rows that it shows: its parts (partitions and children), those
 * that it is a part of, and those that its parts belong to as well.
 *
 * @returns undefined when it is not known what a part belongs to
 */
export function kinOf(relation: string, schema: Schema): ReadonlySet<string> | undefined {
  const description = schema.get(relation);
  if (description === undefined) return new Set();
  const { kind, ancestors, descendants } = description;
  const kin = new Set([...ancestors, ...descendants]);
  // A partition has one parent.
  if (kind !== "partitioned") {
    for (const part of descendants) {
      const described = schema.get(part);
      if (described === undefined) return undefined;
      for (const other of described.ancestors) kin.add(other);
    }
  }
  kin.delete(relation);
  return kin;
}
