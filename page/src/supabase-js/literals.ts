/** A line of supabase-js that cannot be read, and why, in words. */
export class NotReadable extends Error {}

const SIMPLE: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  undefined: undefined,
};
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  v: "\v",
  "0": "\0",
};
const BLANK = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const NAME = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const NUMBER = /[+-]?(?:0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/iy;

/** Reads JavaScript's literals, and runs nothing. */
export class Literals {
  readonly #text: string;
  at: number;

  constructor(text: string, at = 0) {
    this.#text = text;
    this.at = at;
  }

  /** Whether this stands here, blanks aside. Then it is behind it. */
  take(mark: string): boolean {
    this.#match(BLANK);
    if (!this.#text.startsWith(mark, this.at)) return false;
    this.at += mark.length;
    return true;
  }

  /** A name, if one stands here. */
  name(): string | undefined {
    this.#match(BLANK);
    return this.#match(NAME);
  }

  /** Arguments, up to the bracket that ends them. @throws NotReadable */
  args(): unknown[] {
    return this.#list(")");
  }

  #value(): unknown {
    for (const quote of ["'", '"', "`"]) if (this.take(quote)) return this.#string(quote);
    if (this.take("[")) return this.#list("]");
    if (this.take("{")) return this.#object();
    const number = this.#match(NUMBER);
    if (number !== undefined) return Number(number);
    const name = this.name();
    if (name === undefined) throw new NotReadable(this.#rest("A value is missing at"));
    if (name in SIMPLE) return SIMPLE[name];
    throw new NotReadable(`"${name}" is known to your program only: put its value there`);
  }

  #list(end: "]" | ")"): unknown[] {
    const values: unknown[] = [];
    while (!this.take(end)) {
      values.push(this.#value());
      if (this.take(",")) continue;
      if (this.take(end)) break;
      throw new NotReadable(this.#rest(`A comma or "${end}" is missing at`));
    }
    return values;
  }

  #object(): object {
    const entries: [string, unknown][] = [];
    while (!this.take("}")) {
      const key = this.take('"') ? this.#string('"') : this.take("'") ? this.#string("'") : this.name();
      if (key === undefined || !this.take(":")) throw new NotReadable(this.#rest("Not `name: value` at"));
      entries.push([key, this.#value()]);
      if (this.take(",")) continue;
      if (this.take("}")) break;
      throw new NotReadable(this.#rest('A comma or "}" is missing at'));
    }
    return Object.fromEntries(entries);
  }

  #string(quote: string): string {
    let value = "";
    for (;;) {
      const letter = this.#text[this.at++];
      if (letter === quote) return value;
      if (letter === undefined) throw new NotReadable(`A text does not end: ${quote} is missing`);
      if (quote === "`" && letter === "$" && this.#text[this.at] === "{") {
        throw new NotReadable("A text with values in it is known to your program only: put them there");
      }
      if (letter !== "\\") value += letter;
      else value += this.#escaped();
    }
  }

  #escaped(): string {
    const code = this.#match(/u\{([\da-f]{1,6})\}|u([\da-f]{4})|x([\da-f]{2})/iy);
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code.replace(/[ux{}]/gi, ""), 16));
    const letter = this.#text[this.at++] ?? "";
    return letter === "\n" ? "" : (ESCAPES[letter] ?? letter);
  }

  #match(pattern: RegExp): string | undefined {
    const sticky = new RegExp(pattern.source, pattern.flags);
    sticky.lastIndex = this.at;
    const [found] = sticky.exec(this.#text) ?? [];
    if (found === undefined) return undefined;
    this.at += found.length;
    return found;
  }

  #rest(what: string): string {
    const rest = this.#text.slice(this.at, this.at + 20);
    return rest === "" ? `${what} the end` : `${what} \`${rest}\``;
  }
}
