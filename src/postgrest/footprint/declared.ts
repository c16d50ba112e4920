import type { Level } from "../query/query.ts";
import type { Declared } from "./footprint.ts";

/**
 * The relations a query depends on, as far as the configuration alone tells: the relation and what it `dependsOn`,
 * transitively. A query with embeds also needs `dependsOn` on the root, and each embedded name has to be a configured
 * table or one that `dependsOn` names. Otherwise undefined: only Postgres knows what an embed by column, constraint or
 * computed relationship reads.
 */
export function declaredClosure(
  schemaName: string,
  relation: string,
  level: Level,
  declared: Declared,
): ReadonlySet<string> | undefined {
  const root = `${schemaName}.${relation}`;
  const closure = new Set<string>();
  addWithDependencies(closure, root, declared);
  const embedded = [...embeddedNames(level)];
  if (embedded.length > 0 && !declared.dependsOn.has(root)) return undefined;
  const named = new Set(closure);
  for (const name of embedded) {
    const table = `${schemaName}.${name}`;
    if (!declared.tables.has(table) && !named.has(table)) return undefined;
    addWithDependencies(closure, table, declared);
  }
  return closure;
}

/** Adds a relation and all that it depends on by declaration, transitively. */
export function addWithDependencies(closure: Set<string>, relation: string, declared: Declared): void {
  const waiting = [relation];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (closure.has(next)) continue;
    closure.add(next);
    waiting.push(...(declared.dependsOn.get(next) ?? []));
  }
}

function* embeddedNames(level: Level): Iterable<string> {
  for (const item of level.select) {
    if (item.kind !== "embed") continue;
    yield item.relation;
    yield* embeddedNames(item.level);
  }
}
