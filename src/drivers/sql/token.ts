export type DialectName = "sqlite" | "postgres";

/** A piece of a statement. */
export type Token = Simple | Group;

export interface Simple {
  readonly kind: /** an identifier or keyword without quotes */
    | "word"
    /** an identifier in quotes; on SQLite perhaps a text */
    | "quoted"
    | "string"
    | "blob"
    | "number"
    | "parameter"
    | "operator";
  /** As written; of `quoted` and `string` what stands between the quotes. */
  readonly text: string;
  /** `text` in lower case, where case does not count: of a `word`. Otherwise the text. */
  readonly lower: string;
  /** Of a `parameter`: its place in the list of parameters, from 0. */
  readonly index?: number;
  /** Of a `quoted`: whether SQLite takes it for a text if there is no such column. */
  readonly maybeText?: boolean;
}

/** What stands in parentheses or, with Postgres, in brackets. */
export interface Group {
  readonly kind: "group";
  readonly open: "(" | "[";
  readonly inner: readonly Token[];
}

/** Lower case as databases have it for names: of ASCII letters alone. */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

export const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token?.kind === "word" && words.includes(token.lower);

export const isOperator = (token: Token | undefined, text: string): boolean =>
  token?.kind === "operator" && token.text === text;

/** An identifier, or what may be one: keywords are words too. */
export const isName = (token: Token | undefined): token is Simple =>
  token?.kind === "word" || token?.kind === "quoted";

/** Whether a word stands where it is a name, whatever it says: behind a `.`, or as an alias. */
export function isNamed(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  if (isOperator(before, ".")) return true;
  // `AS as` and `posts.as` are names themselves.
  return isWord(before, "as") && !isOperator(tokens[at - 2], ".") && !isWord(tokens[at - 2], "as");
}
