/** A token of SQLite's language, as somebody wrote it. */
export interface D1Token {
  readonly kind: "word" | "quoted" | "text" | "number" | "blob" | "symbol";
  /** As it is written, quotes included. */
  readonly raw: string;
  /** Of a name or text in quotes, what is inside; else the same as `raw`. */
  readonly text: string;
}

const TOKEN =
  /(?<blank>[ \t\n\f\r]+|--[^\n]*|\/\*.*?(?:\*\/|$))|(?<text>'(?:[^']|'')*')|(?<double>"(?:[^"]|"")*")|(?<back>`(?:[^`]|``)*`)|(?<bracket>\[[^\]]*\])|(?<blob>[xX]'[^']*')|(?<number>0[xX][\da-fA-F_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<symbol>->>|->|<<|>>|<=|>=|<>|==|!=|\|\||.)/suy;

/** The tokens of a statement, without its comments. It knows how SQLite quotes, and no grammar. */
export function sqlTokens(sql: string): readonly D1Token[] {
  const tokens: D1Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(sql); match !== null && match[0] !== ""; match = TOKEN.exec(sql)) {
    const { blank, text, double, back, bracket, blob, number, word } = match.groups ?? {};
    if (blank !== undefined) continue;
    const [raw] = match;
    if (text !== undefined) tokens.push({ kind: "text", raw, text: unquoted(raw) });
    else if ((double ?? back) !== undefined) tokens.push({ kind: "quoted", raw, text: unquoted(raw) });
    else if (bracket !== undefined) tokens.push({ kind: "quoted", raw, text: raw.slice(1, -1) });
    else if (blob !== undefined) tokens.push({ kind: "blob", raw, text: raw });
    else if (number !== undefined) tokens.push({ kind: "number", raw, text: raw });
    else tokens.push({ kind: word === undefined ? "symbol" : "word", raw, text: raw });
  }
  return tokens;
}

/** The texts of all tokens that may name something, in lower case: SQLite takes even `'a text'` for a name in places. */
export function namesIn(tokens: readonly D1Token[]): ReadonlySet<string> {
  const named = tokens.filter(({ kind }) => kind === "word" || kind === "quoted" || kind === "text");
  return new Set(named.map(({ text }) => lowerCase(text)));
}

/** As SQLite compares names: only the letters of ASCII have a case. */
export function lowerCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Whether a token is this keyword, written without quotes. */
export function isWord(token: D1Token | undefined, word: string): boolean {
  return token?.kind === "word" && lowerCase(token.raw) === word;
}

/** The place of the parenthesis that closes the one at `open`; the number of tokens when there is none. */
export function closingOf(tokens: readonly D1Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const { kind, raw } = tokens[at] as D1Token;
    if (kind !== "symbol") continue;
    if (raw === "(") depth++;
    if (raw === ")" && --depth === 0) return at;
  }
  return tokens.length;
}

/**
 * The tokens as SQL. Spaces stand between them, since wrangler finds the end of a trigger's body by the blanks around its
 * keywords.
 */
export function joined(tokens: readonly D1Token[]): string {
  return tokens.map(({ raw }) => raw).join(" ");
}

function unquoted(raw: string): string {
  const quote = raw[0] ?? "";
  return raw.slice(1, -1).replaceAll(quote + quote, quote);
}
