import { type D1Token, isWord, lowerCase, namesIn, sqlTokens } from "../../capture/d1/schema/tokens.ts";

/** Functions whose result depends on their arguments alone. Dates do not: `'now'` is one of their arguments. */
const PURE = new Set(
  [
    "abs avg ceil ceiling char coalesce concat concat_ws count exp floor format glob group_concat hex if ifnull iif instr",
    "json json_array json_array_length json_each json_error_position json_extract json_group_array json_group_object",
    "json_insert json_object json_patch json_pretty json_quote json_remove json_replace json_set json_tree json_type json_valid",
    "length like likelihood likely ln log log10 log2 lower ltrim max median min mod nullif octet_length percentile pi pow power",
    "printf quote radians replace round rtrim sign soundex sqrt string_agg substr substring sum total trim trunc typeof unhex",
    "unicode unlikely upper zeroblob",
    "cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number",
  ].flatMap((line) => line.split(" ")),
);

/** Words that stand before a parenthesis and call nothing. */
const KEYWORDS = new Set(
  [
    "all and as between by case cast distinct else except exists filter from glob having in intersect is join",
    "like limit match materialized not offset on or over partition recursive regexp select set then union using values when",
    "where with",
  ].flatMap((line) => line.split(" ")),
);

const CLOCKS = ["current_timestamp", "current_date", "current_time"];

interface WrittenView {
  readonly name: string;
  readonly sql: string;
}

/**
 * The tables that each view reads, through other views as well. Whatever in its text could name a relation counts as one. A
 * view that may show something else than its tables, such as the time, is left out, and so is what reads it.
 */
export function viewReads(
  tables: readonly string[],
  views: readonly WrittenView[],
): ReadonlyMap<string, readonly string[]> {
  const texts = views.map((view) => ({ ...view, tokens: sqlTokens(view.sql) }));
  const known = new Map(texts.map((view) => [lowerCase(view.name), view]));
  const reads = (name: string, within: readonly string[]): ReadonlySet<string> | undefined => {
    const view = known.get(name);
    if (view === undefined || within.includes(name) || !isPure(view.tokens, view.name)) return undefined;
    const named = namesIn(view.tokens);
    const found = new Set(tables.filter((table) => named.has(lowerCase(table))));
    for (const other of known.keys()) {
      if (other === name || !named.has(other)) continue;
      const further = reads(other, [...within, name]);
      if (further === undefined) return undefined;
      for (const table of further) found.add(table);
    }
    return found;
  };
  const all = texts.map(({ name }) => [name, reads(lowerCase(name), [])] as const);
  return new Map(all.flatMap(([name, found]) => (found === undefined ? [] : [[name, [...found].sort()]])));
}

function isPure(tokens: readonly D1Token[], name: string): boolean {
  const named = namesIn(tokens);
  if (CLOCKS.some((clock) => named.has(clock))) return false;
  if ([...named].some((each) => each.startsWith("sqlite_") || each.startsWith("pragma_"))) return false;
  return tokens.every((token, at) => {
    const isCalled = tokens[at + 1]?.kind === "symbol" && tokens[at + 1]?.raw === "(";
    if (!isCalled || token.kind === "symbol" || token.kind === "number") return true;
    const word = lowerCase(token.text);
    const isViewItself = word === lowerCase(name) && isWord(tokens[at - 1], "view");
    return isViewItself || PURE.has(word) || (token.kind === "word" && KEYWORDS.has(word));
  });
}
