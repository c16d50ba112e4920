import { Pass } from "./pass-through.ts";
import { asciiLower, type DialectName, type Group, type Simple, type Token } from "./token.ts";

/** Deeper nesting is not read: it would cost the stack. */
const MAX_DEPTH = 100;

/** Postgres cuts longer names. */
const MAX_NAME_BYTES = 63;

/**
 * The tokens of a statement, parentheses nested. Comments are left out.
 *
 * @throws Pass on anything that is not understood
 */
export function tokenize(sql: string, dialect: DialectName): readonly Token[] {
  // A NUL ends the text for SQLite; a lone surrogate would reach the database as another character.
  if (sql.includes("\0") || !sql.isWellFormed()) throw new Pass("not-understood", "characters");
  return nest(dialect === "sqlite" ? scan(sql, SQLITE) : scan(sql, POSTGRES));
}

type TokenRule = readonly [RegExp, (match: RegExpExecArray, state: ParameterCount) => Simple | undefined];

/** How parameters are counted: SQLite gives a `?` the next number, and a name the one that it had before. */
interface ParameterCount {
  highest: number;
  readonly named: Map<string, number>;
}

function scan(sql: string, rules: readonly TokenRule[]): Simple[] {
  const tokens: Simple[] = [];
  const state: ParameterCount = { highest: 0, named: new Map() };
  let at = 0;
  while (at < sql.length) {
    const length = at;
    for (const [pattern, make] of rules) {
      pattern.lastIndex = at;
      const match = pattern.exec(sql);
      if (match === null) continue;
      const token = make(match, state);
      if (token !== undefined) tokens.push(token);
      at += match[0].length;
      break;
    }
    if (at === length) throw new Pass("not-understood", `the character ${sql.slice(at, at + 1)}`);
  }
  return tokens;
}

const nothing = () => undefined;
const refuse = (what: string) => (): never => {
  throw new Pass("not-understood", what);
};
const simple = (kind: Simple["kind"], text: string): Simple => ({ kind, text, lower: text });
const word = ([text]: RegExpExecArray): Simple => ({ kind: "word", text, lower: asciiLower(text) });
const operator = ([text]: RegExpExecArray): Simple => simple("operator", text);
const number = ([text]: RegExpExecArray): Simple => simple("number", asciiLower(text));

function numbered(text: string, number: number, state: ParameterCount): Simple {
  state.highest = Math.max(state.highest, number);
  return { ...simple("parameter", text), index: number - 1 };
}

function named(text: string, state: ParameterCount): Simple {
  const number = state.named.get(text) ?? state.highest + 1;
  state.named.set(text, number);
  return numbered(text, number, state);
}

/** Letters that touch a number are an error in one version of a database, and an alias in another. */
const NUMBER = /(?:0x[\da-f_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d+)?)(?![\w$\u0080-\uffff])/iy;

const SQLITE: readonly TokenRule[] = [
  // SQLite skips it in some places, and takes it for a letter in others.
  [/\ufeff/y, refuse("a byte order mark")],
  [/[ \t\n\f\r]+/y, nothing],
  [/--[^\n]*/y, nothing],
  [/\/\*[\s\S]*?(?:\*\/|$)/y, nothing],
  [/x'[\da-f]*'/iy, ([text]) => simple("blob", text)],
  [/'([^']*(?:''[^']*)*)'/y, ([, text = ""]) => simple("string", text.replaceAll("''", "'"))],
  [
    /"([^"]*(?:""[^"]*)*)"/y,
    ([, text = ""]) => ({ ...simple("quoted", text.replaceAll('""', '"')), maybeText: true }),
  ],
  [/`([^`]*(?:``[^`]*)*)`/y, ([, text = ""]) => simple("quoted", text.replaceAll("``", "`"))],
  [/\[([^\]]*)\]/y, ([, text = ""]) => simple("quoted", text)],
  [/\?(\d+)/y, ([text, digits], state) => numbered(text, Number(digits), state)],
  [/\?/y, ([text], state) => numbered(text, state.highest + 1, state)],
  [/[:@$][\w$\u0080-\uffff]+(?!::|\()/y, ([text], state) => named(text, state)],
  [NUMBER, number],
  [/[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/iy, word],
  [/->>|->|\|\||<<|>>|<=|>=|<>|!=|==|[-+*/%<>=&|~,;.()]/y, operator],
];

const POSTGRES: readonly TokenRule[] = [
  [/\ufeff/y, refuse("a byte order mark")],
  [/[ \t\n\f\r\v]+/y, nothing],
  [/--[^\n\r]*/y, nothing],
  [/\/\*(?:[^*/]|\*(?!\/)|\/(?!\*))*\*\//y, nothing],
  [/\/\*/y, refuse("a comment inside a comment")],
  [/u&['"]/iy, refuse("Unicode escapes")],
  [/[bx]'[^']*'/iy, ([text]) => simple("blob", text)],
  [/e'(?:[^'\\]|''|\\[\s\S])*'/iy, ([text]) => simple("string", unescaped(text.slice(2, -1)))],
  [/n?'([^']*(?:''[^']*)*)'/iy, ([, text = ""]) => simple("string", text.replaceAll("''", "'"))],
  [
    /\$((?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$([\s\S]*?)\$\1\$/iy,
    ([, , text = ""]) => simple("string", text),
  ],
  [/"([^"]*(?:""[^"]*)*)"/y, ([, text = ""]) => simple("quoted", short(text.replaceAll('""', '"')))],
  [/\$(\d+)(?![\w$\u0080-\uffff])/y, ([text, digits], state) => numbered(text, Number(digits), state)],
  [NUMBER, number],
  [
    /[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/iy,
    (match) => {
      short(match[0]);
      return word(match);
    },
  ],
  [/::|:=|=>/y, operator],
  // A minus or a slash in an operator may begin a comment.
  [/(?:(?!--|\/\*)[-+*/<>=~!@#%^&|`?])+/y, operator],
  [/[,;.:()[\]]/y, operator],
];

function short(name: string): string {
  if (name.length * 3 > MAX_NAME_BYTES && new TextEncoder().encode(name).length > MAX_NAME_BYTES) {
    throw new Pass("not-understood", "a name of more than 63 bytes");
  }
  return name;
}

function unescaped(text: string): string {
  return text.replace(/''|\\([\s\S])/g, (match, escaped: string | undefined) => {
    if (match === "''") return "'";
    const character = { n: "\n", t: "\t", r: "\r", "\\": "\\", "'": "'", '"': '"' }[escaped as string];
    if (character === undefined) throw new Pass("not-understood", `the escape ${match}`);
    return character;
  });
}

const CLOSING = { "(": ")", "[": "]" } as const;

function nest(tokens: readonly Simple[]): readonly Token[] {
  const stack: { readonly open: Group["open"] | ""; readonly inner: Token[] }[] = [{ open: "", inner: [] }];
  for (const token of tokens) {
    const { inner, open } = stack.at(-1) as (typeof stack)[number];
    const text = token.kind === "operator" ? token.text : "";
    if (text === "(" || text === "[") {
      if (stack.length > MAX_DEPTH) throw new Pass("not-understood", "parentheses too deep");
      stack.push({ open: text, inner: [] });
    } else if (text === ")" || text === "]") {
      if (open === "" || CLOSING[open] !== text) throw new Pass("not-understood", "parentheses");
      stack.pop();
      stack.at(-1)?.inner.push({ kind: "group", open, inner });
    } else inner.push(token);
  }
  const [outermost, unclosed] = stack;
  if (outermost === undefined || unclosed !== undefined) throw new Pass("not-understood", "parentheses");
  return outermost.inner;
}
