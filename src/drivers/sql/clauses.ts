import { Pass } from "./pass-through.ts";
import { isOperator, isWord, type Simple, type Token } from "./token.ts";

/** Words that follow a table in a FROM, and are no alias of it. Taking an alias for one of them would be harmless. */
export const AFTER_TABLE = new Set(
  `on using where join left right full inner cross natural outer group order having limit offset fetch for window union
  intersect except indexed not with as and or select tablesample`.split(/\s+/),
);
/** Words that end a FROM. None of them may be an alias: what a comma behind it names would be overlooked. */
export const ENDS_FROM = {
  sqlite: new Set("where group having order limit window union intersect except select".split(" ")),
  postgres: new Set(
    "where group having order limit offset fetch window union intersect except select".split(" "),
  ),
};
/** Whether parentheses hold a query, and not an expression or a list. */
export function isQuery(tokens: readonly Token[]): boolean {
  const [first] = tokens;
  if (isWord(first, "select", "values", "with")) return true;
  return first?.kind === "group" && tokens.some((token) => isWord(token, "union", "intersect", "except"));
}

/** What a `WITH` defines, and the query behind it. */
interface CommonExpressions {
  readonly isRecursive: boolean;
  readonly expressions: readonly { readonly name: Simple; readonly query: readonly Token[] }[];
  readonly body: readonly Token[];
}

/**
 * @param tokens beginning with WITH
 * @throws Pass on anything that is not understood
 */
export function commonExpressions(
  tokens: readonly Token[],
  isName: (token: Token | undefined) => token is Simple,
): CommonExpressions {
  const isRecursive = isWord(tokens[1], "recursive");
  let at = isRecursive ? 2 : 1;
  const expressions: { readonly name: Simple; readonly query: readonly Token[] }[] = [];
  for (;;) {
    const name = tokens[at++];
    if (!isName(name)) throw new Pass("not-understood", "WITH");
    if (tokens[at]?.kind === "group") at++;
    if (!isWord(tokens[at++], "as")) throw new Pass("not-understood", "WITH");
    if (isWord(tokens[at], "not")) at++;
    if (isWord(tokens[at], "materialized")) at++;
    const body = tokens[at++];
    if (body?.kind !== "group") throw new Pass("not-understood", "WITH");
    expressions.push({ name, query: body.inner });
    if (!isOperator(tokens[at], ",")) return { isRecursive, expressions, body: tokens.slice(at) };
    at++;
  }
}
