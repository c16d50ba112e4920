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

type Bounds = Pick<TableConfig, "freshness" | "ttl" | "staleWhileRevalidate" | "staleIfError">;

/**
 * What is wrong with how old an entry's answers may be.
 *
 * @param path of the entry, such as `tables.articles`
 */
export function boundIssues(path: string, bounds: Bounds): readonly ConfigIssue[] {
  const { freshnessMs, staleWhileRevalidateMs, ttlMs } = boundsOf(bounds);
  if (staleWhileRevalidateMs === 0 || freshnessMs + staleWhileRevalidateMs <= ttlMs) return [];
  return [
    {
      path: `${path}.staleWhileRevalidate`,
      message: "ends after the answer itself: with freshness it is longer than ttl",
      fix: `Write at most "${written(Math.max(0, ttlMs - freshnessMs))}", or raise ttl to "${written(freshnessMs + staleWhileRevalidateMs)}"`,
    },
  ];
}

function written(milliseconds: number): string {
  return milliseconds % 1_000 === 0 ? `${milliseconds / 1_000}s` : `${milliseconds}ms`;
}

/** How old an entry's answers may be, with the defaults. */
export function boundsOf({
  freshness = "10s",
  ttl = "1h",
  staleWhileRevalidate = 0,
  staleIfError = 0,
}: Bounds): Pick<ResolvedTable, "freshnessMs" | "ttlMs" | "staleWhileRevalidateMs" | "staleIfErrorMs"> {
  return {
    freshnessMs: parseDuration(freshness),
    ttlMs: parseDuration(ttl),
    staleWhileRevalidateMs: parseDuration(staleWhileRevalidate),
    staleIfErrorMs: parseDuration(staleIfError),
  };
}
