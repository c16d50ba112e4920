import type { WrittenStatement, WrittenToken } from "./sql-statements.ts";

/** Reads one statement from left to right. */
export class StatementReader {
  #at = 0;
  readonly #tokens: readonly WrittenToken[];
  readonly #script: string;

  constructor({ script, tokens }: WrittenStatement) {
    this.#tokens = tokens;
    this.#script = script;
  }

  /** Goes over these words if they come next. */
  take(...words: readonly string[]): boolean {
    const isNext = words.every((word, index) => this.#isWord(this.#at + index, word));
    if (isNext) this.#at += words.length;
    return isNext;
  }

  /** Goes over as many of these words as come next, in any order. */
  skip(...words: readonly string[]): void {
    while (words.some((word) => this.take(word)));
  }

  symbol(text: string): boolean {
    const token = this.#tokens[this.#at];
    const isNext = token?.kind === "symbol" && token.text === text;
    if (isNext) this.#at += 1;
    return isNext;
  }

  name(): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || (token.kind !== "word" && token.kind !== "quoted")) return undefined;
    this.#at += 1;
    return token.text;
  }

  /** `schema.table`; without a schema it is `public`. */
  relation(): string | undefined {
    const first = this.name();
    if (first === undefined || !this.symbol(".")) return first && `public.${first}`;
    const second = this.name();
    return second && `${first}.${second}`;
  }

  /** Goes to just behind the next such words outside brackets, if there are any. */
  find(...words: readonly string[]): boolean {
    let depth = 0;
    for (let at = this.#at; at < this.#tokens.length; at++) {
      const token = this.#tokens[at];
      if (token?.kind === "symbol" && token.text === "(") depth += 1;
      if (token?.kind === "symbol" && token.text === ")") depth -= 1;
      if (depth === 0 && words.every((word, index) => this.#isWord(at + index, word))) {
        this.#at = at + words.length;
        return true;
      }
    }
    return false;
  }

  /** What stands in the brackets that begin here, as it was written; empty when none do. */
  bracketed(): string {
    const open = this.#tokens[this.#at];
    if (!this.symbol("(")) return "";
    for (let depth = 1; this.#at < this.#tokens.length; this.#at++) {
      const token = this.#tokens[this.#at];
      if (token?.kind !== "symbol") continue;
      if (token.text === "(") depth += 1;
      if (token.text === ")") depth -= 1;
      if (depth === 0) return this.#script.slice(open?.end, token.start).trim();
    }
    return "";
  }

  #isWord(at: number, word: string): boolean {
    const token = this.#tokens[at];
    return token?.kind === "word" && token.text === word;
  }
}
