/** Longer than any name in Postgres (63 bytes), however it is escaped. */
const MAX_STRING_BYTES = 512;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Finds the top-level members `schema` and `table` of a JSON object that arrives in chunks, in constant memory and
 * without checking the rest. Supabase prints a payload's keys by their length, so `schema` comes after the row.
 */
export class TableScanner {
  /** Undefined until the first byte that is not a space; false once the text cannot be one object. */
  isObject: boolean | undefined;
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** The top-level string that is being read; null for one that is too long or deeper. */
  #literal: number[] | null = null;
  #key: string | undefined;
  #text: string | undefined;
  readonly #found: { schema?: string; table?: string } = {};

  /** `schema.table`; undefined until the object has named both. */
  get relation(): string | undefined {
    const { schema, table } = this.#found;
    return schema && table ? `${schema}.${table}` : undefined;
  }

  feed(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && this.isObject !== false && this.relation === undefined) {
      if (this.#inString) at = this.#readString(chunk, at);
      else if (this.#depth > 1) at = this.#skip(chunk, at);
      else this.#readTopLevel(chunk[at++] as number);
    }
  }

  #readString(chunk: Uint8Array, from: number): number {
    let isEscaped = this.#isEscaped;
    let at = from;
    for (; at < chunk.length; at++) {
      const byte = chunk[at];
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) isEscaped = true;
      else if (byte === QUOTE) break;
    }
    this.#isEscaped = isEscaped;
    if (this.#literal !== null) {
      const isShort = this.#literal.length + at - from <= MAX_STRING_BYTES;
      this.#literal = isShort ? [...this.#literal, ...chunk.subarray(from, at)] : null;
    }
    if (at === chunk.length) return at;
    this.#inString = false;
    this.#text = this.#literal === null ? undefined : textOf(this.#literal);
    return at + 1;
  }

  /** Up to the end of what is nested here, or to a string in it. */
  #skip(chunk: Uint8Array, from: number): number {
    let depth = this.#depth;
    let at = from;
    while (at < chunk.length && depth > 1 && !this.#inString) {
      const byte = chunk[at++];
      if (byte === QUOTE) this.#begin(null);
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
    }
    this.#depth = depth;
    return at;
  }

  #readTopLevel(byte: number): void {
    if (this.#depth === 0 && byte !== OPEN_OBJECT) {
      if (!SPACES.has(byte)) this.isObject = false;
    } else if (byte === QUOTE) this.#begin([]);
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      this.#depth++;
      this.isObject = true;
    } else if (byte === COLON) {
      this.#key = this.#text;
      this.#text = undefined;
    } else if (byte === COMMA || byte === CLOSE_OBJECT) {
      if ((this.#key === "schema" || this.#key === "table") && this.#text)
        this.#found[this.#key] = this.#text;
      this.#key = undefined;
      this.#text = undefined;
      if (byte === CLOSE_OBJECT) this.#depth--;
    }
  }

  #begin(literal: number[] | null): void {
    this.#inString = true;
    this.#literal = literal;
  }
}

/** The text of a string literal; undefined when it is not valid. */
function textOf(literal: readonly number[]): string | undefined {
  try {
    return JSON.parse(
      `"${new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(literal))}"`,
    );
  } catch {
    return undefined;
  }
}
