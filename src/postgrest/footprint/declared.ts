import type { Level } from "../query/query.ts";
import type { Declared } from "./footprint.ts";

/**
 * The relations a query depends on by the word of the configuration alone. Without embeds: the relation and what
 * it `dependsOn`, transitively. With embeds only if `dependsOn` is declared for the root, and each embedded name
 * is a configured table or one that `dependsOn` names; undefined otherwise, as only Postgres knows what an embed
 * by column, constraint or computed relationship reads.
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
