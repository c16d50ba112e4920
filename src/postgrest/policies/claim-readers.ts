import type { ClaimPath } from "../claims/claims.ts";
import { type ClaimExpression, pathsOf } from "../claims/expression.ts";
import type { ClaimSource } from "../schema/schema.ts";
import { type ClaimFunctions, claimExpression, type FoundClaims } from "./claim-sql.ts";
import { readSql, type SqlNode } from "./sql-tokens.ts";

/** The functions that these sources name, as far as their bodies are understood. */
export function claimFunctions(sources: readonly ClaimSource[]): ClaimFunctions {
  const bodies = new Map<string, string>();
  const doubtful = new Set<string>();
  for (const { functions } of sources) {
    for (const [name, body] of functions) {
      if ((bodies.get(name) ?? body) !== body || !isPlainName(name)) doubtful.add(name);
      bodies.set(name, body);
    }
  }
  const known = [...bodies].flatMap(([name, body]) => {
    const expression = doubtful.has(name) ? undefined : bodyOf(body);
    return expression ? [[name, expression] as const] : [];
  });
  return new Map(known);
}

/** Where it is known which two names the text joins: it has no quotes, and so no dot in either. */
function isPlainName(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_$]*\.[\p{L}_][\p{L}\p{N}_$]*$/u.test(name);
}

const readings = new WeakMap<ClaimSource, readonly ClaimExpression[] | "unknown">();

/** All claims that the source reads. Undefined when it reads some in a way that is not understood. */
export function claimsOf(source: ClaimSource): readonly ClaimPath[] | undefined {
  return expressionsOf(source)?.flatMap(pathsOf);
}

/** All expressions of claims in the source, each as large as it is understood. Undefined when one is not understood at all. */
export function expressionsOf(source: ClaimSource): readonly ClaimExpression[] | undefined {
  const known = readings.get(source) ?? readExpressions(source) ?? "unknown";
  readings.set(source, known);
  return known === "unknown" ? undefined : known;
}

function readExpressions(source: ClaimSource): readonly ClaimExpression[] | undefined {
  const items = readSql(source.text);
  if (items === undefined) return source.readers === 0 ? [] : undefined;
  const found: FoundClaims[] = [];
  scan(items, claimFunctions([source]), found);
  const readers = found.reduce((sum, each) => sum + each.readers, 0);
  return readers === source.readers ? found.map(({ expression }) => expression) : undefined;
}

/** Finds the largest expressions of claims. A reader outside of one would be missing in the count. */
function scan(items: readonly SqlNode[], functions: ClaimFunctions, into: FoundClaims[]): void {
  const whole = claimExpression(items, functions);
  if (whole !== undefined) {
    into.push(whole);
    return;
  }
  for (let at = 0; at < items.length; at += 1) {
    // A call, alone: `auth.uid()`, or `current_setting(…)`.
    const size = [4, 2].find((length) => claimExpression(items.slice(at, at + length), functions)?.readers);
    const call = size && claimExpression(items.slice(at, at + size), functions);
    const item = items[at];
    if (call && size) {
      into.push(call);
      at += size - 1;
    } else if (item?.kind === "group") scan(item.items, functions, into);
  }
}

const KEYWORDS: ReadonlySet<string> = new Set(["SELECT", "AS", "NULLIF", "COALESCE"]);

/** What the body of a function such as `auth.uid()` yields: it is one expression, in whatever letters. */
function bodyOf(body: string): ClaimExpression | undefined {
  const items = readSql(body.trim().replace(/;$/, ""));
  const found = items && claimExpression(inOneCase(items), new Map());
  return found?.expression;
}

/** As Postgres prints it: keywords in capitals, names in small letters. */
function inOneCase(items: readonly SqlNode[]): readonly SqlNode[] {
  return items.map((item) => {
    if (item.kind === "group") return { kind: "group", items: inOneCase(item.items) };
    if (item.kind !== "name" && item.kind !== "keyword") return item;
    const upper = item.text.toUpperCase();
    return KEYWORDS.has(upper)
      ? { kind: "keyword", text: upper }
      : { kind: "name", text: item.text.toLowerCase() };
  });
}
