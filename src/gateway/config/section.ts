import { parseDuration } from "../../runtime/duration.ts";
import type { ConfigIssue, ResolvedTable, TableConfig } from "./config.ts";

// What the entries of `tables` and of `functions` have in common.

/**
 * What is wrong with the name of an entry.
 *
 * @param seen the entries before it, which it is added to
 */
export function nameIssues(
  path: string,
  relation: string,
  schemas: readonly string[],
  seen: Set<string>,
): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const schema = relation.slice(0, relation.indexOf("."));
  if (!schemas.includes(schema)) {
    const fix = `Add "${schema}" to schemas, as PostgREST exposes it`;
    issues.push({ path, message: `the schema ${schema} is not in schemas`, fix });
  }
  if (seen.has(relation))
    issues.push({ path, message: `${relation} is given twice`, fix: "Keep one of them" });
  seen.add(relation);
  return issues;
}

/** How old an entry's answers may be, with the defaults. */
export function boundsOf({
  freshness = "10s",
  ttl = "1h",
  staleIfError = 0,
}: Pick<TableConfig, "freshness" | "ttl" | "staleIfError">): Pick<
  ResolvedTable,
  "freshnessMs" | "ttlMs" | "staleIfErrorMs"
> {
  return {
    freshnessMs: parseDuration(freshness),
    ttlMs: parseDuration(ttl),
    staleIfErrorMs: parseDuration(staleIfError),
  };
}
