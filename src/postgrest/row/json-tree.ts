import { type Decimal, parseDecimal } from "./decimal.ts";
import { skipString, unquote } from "./json-source.ts";

/** A JSON value whose numbers keep all their digits. */
export type JsonNode =
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, JsonNode> }
  | { readonly kind: "array"; readonly elements: readonly JsonNode[] }
  | JsonScalar;

/** Its meaning is read when it is first asked for. */
export class JsonScalar {
  readonly kind = "scalar";
  /** The JSON text. */
  readonly source: string;
  #text: string | undefined;
  #decimal: Decimal | "unknown" | undefined;

  constructor(source: string) {
    this.source = source;
  }

  get isString(): boolean {
    return this.source.startsWith('"');
  }

  /** The text that a string means. */
  get text(): string {
    this.#text ??= unquote(this.source);
    return this.#text;
  }

  /** Undefined when it is not a number, or cannot be held exactly. */
  get decimal(): Decimal | undefined {
    this.#decimal ??= parseDecimal(this.source) ?? "unknown";
    return this.#decimal === "unknown" ? undefined : this.#decimal;
  }
}

/** Deeper values are not read, as comparing them uses the engine's stack. */
const MAX_DEPTH = 1_000;

const QUOTE = 34;

/**
 * The value of a text that `JSON.parse` accepts, in one pass. Of a repeated key the last value counts, as in `jsonb`.
 * Undefined when it is nested too deeply.
 */
export function parseJson(text: string): JsonNode | undefined {
  const reader = new JsonReader(text);
  return reader.value(0);
}

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonNode | undefined {
    this.#space();
    const first = this.#text[this.#at];
    if (first !== "{" && first !== "[") return this.#scalar();
    if (depth >= MAX_DEPTH) return undefined;
    return first === "{" ? this.#object(depth) : this.#array(depth);
  }

  #object(depth: number): JsonNode | undefined {
    const members = new Map<string, JsonNode>();
    this.#at += 1;
    for (;;) {
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== QUOTE) break;
      const start = this.#at;
      this.#string();
      const key = unquote(this.#text.slice(start, this.#at));
      this.#space();
      this.#at += 1;
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      members.set(key, value);
      this.#space();
      if (this.#text[this.#at] !== ",") break;
      this.#at += 1;
    }
    this.#at += 1;
    return { kind: "object", members };
  }

  #array(depth: number): JsonNode | undefined {
    const elements: JsonNode[] = [];
    this.#at += 1;
    this.#space();
    while (this.#at < this.#text.length && this.#text[this.#at] !== "]") {
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      elements.push(value);
      this.#space();
      if (this.#text[this.#at] !== ",") break;
      this.#at += 1;
    }
    this.#at += 1;
    return { kind: "array", elements };
  }

  #scalar(): JsonNode {
    const start = this.#at;
    if (this.#text.charCodeAt(start) === QUOTE) this.#string();
    else while (this.#at < this.#text.length && !isEnd(this.#text.charCodeAt(this.#at))) this.#at += 1;
    return new JsonScalar(this.#text.slice(start, this.#at));
  }

  #string(): void {
    this.#at = skipString(this.#text, this.#at);
  }

  #space(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1;
  }
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** `,`, `]`, `}` or a blank. */
function isEnd(code: number): boolean {
  return code === 44 || code === 93 || code === 125 || isSpace(code);
}
