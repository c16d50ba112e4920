/** SQL as Postgres prints it, cut into tokens, with brackets as groups. There is no grammar beyond that. */
export type SqlNode = SqlToken | SqlGroup;

interface SqlToken {
  /** Postgres prints keywords in capitals, and quotes names that have any. */
  readonly kind: "keyword" | "name" | "string" | "number" | "symbol";
  readonly text: string;
  /** It stands in quotes: a name, whatever its text means without them. */
  readonly isQuoted?: true;
}

interface SqlGroup {
  readonly kind: "group";
  readonly items: readonly SqlNode[];
}

const TOKEN =
  /\s+|(?<escaped>E'(?:[^'\\]|\\.|'')*')|(?<string>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*")|(?<number>\d+(?:\.\d+)?)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<symbol>::|\$\d+|[()[\],.:;]|[-+*/<>=~!@#%^&|`?]+)/uy;

/** Undefined when something in the text is not understood. */
export function readSql(text: string): readonly SqlNode[] | undefined {
  const open: SqlNode[][] = [[]];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) return undefined;
    const innermost = open.at(-1);
    if (groups.symbol === "(") open.push([]);
    else if (groups.symbol === ")") {
      const items = open.pop();
      if (items === undefined || open.length === 0) return undefined;
      open.at(-1)?.push({ kind: "group", items });
    } else {
      const token = tokenOf(groups);
      if (token !== undefined) innermost?.push(token);
    }
  }
  return open.length === 1 ? open[0] : undefined;
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): SqlToken | undefined {
  const { escaped, string, quoted, number, word, symbol } = groups;
  // Its escapes are not read, so it counts as no literal.
  if (escaped !== undefined) return { kind: "symbol", text: escaped };
  if (string !== undefined) return { kind: "string", text: string.slice(1, -1).replaceAll("''", "'") };
  if (quoted !== undefined)
    return { kind: "name", text: quoted.slice(1, -1).replaceAll('""', '"'), isQuoted: true };
  if (number !== undefined) return { kind: "number", text: number };
  if (word !== undefined) return { kind: /^[A-Z][A-Z_]*$/.test(word) ? "keyword" : "name", text: word };
  return symbol === undefined ? undefined : { kind: "symbol", text: symbol };
}

export function isKeyword(node: SqlNode | undefined, ...texts: readonly string[]): boolean {
  return node?.kind === "keyword" && texts.includes(node.text);
}

/** `true` or `false`, and not a column of that name, which Postgres prints in quotes. */
export function isBoolean(node: SqlNode | undefined, ...texts: readonly ("true" | "false")[]): boolean {
  return (
    node?.kind === "name" && node.isQuoted === undefined && (texts as readonly string[]).includes(node.text)
  );
}

export function isSymbol(node: SqlNode | undefined, text: string): boolean {
  return node?.kind === "symbol" && node.text === text;
}

/** `((a))` is `a`. */
export function unwrap(items: readonly SqlNode[]): readonly SqlNode[] {
  const [only, ...others] = items;
  return only?.kind === "group" && others.length === 0 ? unwrap(only.items) : items;
}

/** The operands of `a AND b AND c`. Undefined when the keyword does not occur. */
export function operands(
  items: readonly SqlNode[],
  keyword: string,
): readonly (readonly SqlNode[])[] | undefined {
  const parts = split(items, (item) => isKeyword(item, keyword));
  return parts.length > 1 ? parts : undefined;
}

/** The items between symbols such as commas. */
export function separated(items: readonly SqlNode[], symbol: string): readonly (readonly SqlNode[])[] {
  return split(items, (item) => isSymbol(item, symbol));
}

function split(
  items: readonly SqlNode[],
  isBetween: (item: SqlNode) => boolean,
): readonly (readonly SqlNode[])[] {
  const parts: SqlNode[][] = [[]];
  for (const item of items) {
    if (isBetween(item)) parts.push([]);
    else parts.at(-1)?.push(item);
  }
  return parts;
}

/** The elements of `ARRAY[a, b]`. Undefined for anything else. */
export function arrayElements(wrapped: readonly SqlNode[]): readonly (readonly SqlNode[])[] | undefined {
  const [array, open, ...rest] = unwrap(wrapped);
  if (!isKeyword(array, "ARRAY") || !isSymbol(open, "[") || !isSymbol(rest.at(-1), "]")) return undefined;
  return separated(rest.slice(0, -1), ",");
}

/** Whether a subquery reads a relation: `SELECT auth.uid()` reads none. */
export function readsRelations(items: readonly SqlNode[]): boolean {
  const selects = items.some((item) => isKeyword(item, "SELECT", "TABLE"));
  const from = items.some((item, at) => isKeyword(item, "FROM") && !isKeyword(items[at - 1], "DISTINCT"));
  return (selects && from) || items.some((item) => item.kind === "group" && readsRelations(item.items));
}
