import { type Conjunct, conjunctsOf } from "./conjuncts.ts";
import { dialectOf } from "./dialect/dialect.ts";
import { Pass, type PassThroughReason } from "./pass-through.ts";
import type { DialectName, Simple, Token } from "./token.ts";
import { isOperator, isWord } from "./token.ts";
import { tokenize } from "./tokenize.ts";
import { type StatementFacts, Walk } from "./walk.ts";

/** What a statement's text says, before it is known which tables there are. */
export type Statement = ReadStatement | RefusedStatement;

export interface ReadStatement extends StatementFacts {
  readonly kind: "read";
  readonly dialect: DialectName;
  /** Every identifier, in lower case. */
  readonly mentioned: ReadonlySet<string>;
  /** Every operator, as it is named: `!=` is `<>`. */
  readonly operators: ReadonlySet<string>;
  /** The conditions that every row must meet that the statement reads; none when that is not certain. */
  readonly conjuncts: readonly Conjunct[];
}

interface RefusedStatement {
  readonly kind: "refused";
  readonly reason: PassThroughReason;
  readonly detail: string;
}

export interface ReadOptions {
  /** That no text in a column is a word for the present time, such as `now`. */
  readonly trustStoredTimes?: boolean;
}

/** Reads a statement. Whatever is not understood is refused: the list of what is, is in `Dialect`. */
export function readStatement(sql: string, dialect: DialectName, options: ReadOptions = {}): Statement {
  try {
    return understood(sql, dialect, options);
  } catch (error) {
    if (!(error instanceof Pass)) throw error;
    return { kind: "refused", reason: error.reason, detail: error.detail };
  }
}

function understood(
  sql: string,
  name: DialectName,
  { trustStoredTimes = false }: ReadOptions,
): ReadStatement {
  const all = tokenize(sql, name);
  const tokens = isOperator(all.at(-1), ";") ? all.slice(0, -1) : all;
  const [first] = tokens;
  if (tokens.some((token) => isOperator(token, ";"))) throw new Pass("several-statements");
  const isParenthesised = name === "postgres" && first?.kind === "group" && first.open === "(";
  if (!isParenthesised && !isWord(first, "select", "with")) throw new Pass("not-a-read");
  const walk = new Walk(dialectOf(name), trustStoredTimes);
  walk.query(tokens, new Set());
  const { found } = walk;
  const flat = flatten(tokens);
  const mentioned = new Set(flat.filter(isIdentifier(name)).map(({ text }) => text.toLowerCase()));
  const operators = new Set(
    flat.filter(({ kind }) => kind === "operator").map(({ text }) => (text === "!=" ? "<>" : text)),
  );
  const conjuncts = found.queries === 1 && found.sources === 1 ? conjunctsOf(tokens) : [];
  return { kind: "read", dialect: name, ...found, mentioned, operators, conjuncts };
}

/** SQLite takes a text for a name where only a name may stand. */
const isIdentifier = (dialect: DialectName) => (token: Simple) =>
  token.kind === "word" || token.kind === "quoted" || (token.kind === "string" && dialect === "sqlite");

function flatten(tokens: readonly Token[]): Simple[] {
  return tokens.flatMap((token) => (token.kind === "group" ? flatten(token.inner) : [token]));
}
