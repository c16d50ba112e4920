/** A word, a name in quotes, a symbol, or a text of SQL as somebody wrote it. */
export interface WrittenToken {
  readonly kind: "word" | "quoted" | "text" | "symbol";
  /** Words in lower case, as Postgres takes them; of quoted names what is inside. */
  readonly text: string;
  /** Where it begins and ends in the script. */
  readonly start: number;
  readonly end: number;
}

// Dollar quotes may hold anything, other quotes included, so they are looked for first.
const TOKEN =
  /(?<blank>\s+|--[^\n]*)|(?<comment>\/\*)|(?<dollar>\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$)|(?<escaped>[eE]'(?:[^'\\]|\\.|'')*')|(?<text>'(?:[^']|'')*')|"(?<quoted>(?:[^"]|"")*)"|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<symbol>.)/suy;

/** A statement, without its semicolon. */
export interface WrittenStatement {
  readonly script: string;
  readonly tokens: readonly WrittenToken[];
}

/**
 * The statements of a SQL script, as tokens. It knows comments and all ways to quote, and no
 * grammar; what is left open at the end ends there.
 */
export function statementsOf(script: string): readonly WrittenStatement[] {
  const statements: WrittenToken[][] = [[]];
  let at = 0;
  while (at < script.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(script);
    const groups = match?.groups ?? {};
    const start = at;
    at = TOKEN.lastIndex > at ? TOKEN.lastIndex : script.length;
    if (groups.blank !== undefined) continue;
    if (groups.comment !== undefined) {
      at = endOfComment(script, at);
      continue;
    }
    if (groups.dollar !== undefined) {
      const close = script.indexOf(groups.dollar, at);
      at = close < 0 ? script.length : close + groups.dollar.length;
    }
    if (groups.symbol === ";") {
      statements.push([]);
      continue;
    }
    statements.at(-1)?.push({ ...tokenOf(groups), start, end: at });
  }
  return statements.filter((tokens) => tokens.length > 0).map((tokens) => ({ script, tokens }));
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): Pick<WrittenToken, "kind" | "text"> {
  const { quoted, word, symbol } = groups;
  if (quoted !== undefined) return { kind: "quoted", text: quoted.replaceAll('""', '"') };
  if (word !== undefined) return { kind: "word", text: word.toLowerCase() };
  return symbol === undefined ? { kind: "text", text: "" } : { kind: "symbol", text: symbol };
}

/** Comments of Postgres may contain comments. */
function endOfComment(script: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  for (let depth = 1; depth > 0; ) {
    const found = edge.exec(script);
    if (found === null) return script.length;
    depth += found[0] === "/*" ? 1 : -1;
  }
  return edge.lastIndex;
}
