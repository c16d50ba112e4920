import { type QueryErrorCode, QuerySyntaxError } from "./syntax-error.ts";

/** A decoded piece of the query string, and where it stands in the raw one. */
export interface Piece {
  readonly text: string;
  readonly raw: string;
  readonly offset: number;
}

/** A percent sign without two hexadecimal digits after it stands for itself (`urlDecode` of http-types). */
const LONE_PERCENT = /%(?![0-9a-f]{2})/gi;

/**
 * Decodes one key or value as PostgREST does: `+` is a space, `%XX` are UTF-8 bytes.
 * @throws QuerySyntaxError "bad-encoding" where PostgREST would guess or fail
 */
export function decodePiece(raw: string, offset: number): Piece {
  if (!raw.includes("%") && !raw.includes("+") && raw.isWellFormed() && !raw.includes("\0")) {
    return { text: raw, raw, offset };
  }
  let text: string;
  try {
    text = decodeURIComponent(raw.replaceAll("+", " ").replace(LONE_PERCENT, "%25"));
  } catch {
    throw new QuerySyntaxError("bad-encoding", offset, "the percent-encoding is not valid UTF-8");
  }
  if (text.includes("\0") || !text.isWellFormed()) {
    throw new QuerySyntaxError("bad-encoding", offset, "the text holds a character that Postgres refuses");
  }
  return { text, raw, offset };
}

/** Reads tokens of PostgREST's grammar from one piece, left to right. Every method is linear in what it reads. */
export class Lexer {
  readonly text: string;
  position = 0;
  readonly #piece: Piece;

  constructor(piece: Piece) {
    this.#piece = piece;
    this.text = piece.text;
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  peek(): string {
    return this.text.charAt(this.position);
  }

  startsWith(token: string): boolean {
    return this.text.startsWith(token, this.position);
  }

  /** Takes `token` if it stands here. Returns whether it did. */
  take(token: string): boolean {
    if (!this.startsWith(token)) return false;
    this.position += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) this.fail(`expected ${JSON.stringify(token)}`);
  }

  end(): void {
    if (!this.atEnd) this.fail("expected the end");
  }

  blanks(): void {
    while (this.peek() === " " || this.peek() === "\t") this.position += 1;
  }

  fail(message: string, code?: QueryErrorCode): never {
    const reason = code ?? (this.atEnd ? "unexpected-end" : "unexpected");
    throw new QuerySyntaxError(reason, rawOffset(this.#piece, this.position), message);
  }

  /** Everything up to the first of `stops`, or to the end. */
  until(stops: string): string {
    const start = this.position;
    while (!this.atEnd && !stops.includes(this.peek())) this.position += 1;
    return this.text.slice(start, this.position);
  }

  /** Takes `"…"`, where `\` may precede any character. Undefined, and nothing is taken, if no closed one stands here. */
  quoted(): string | undefined {
    if (this.peek() !== '"') return undefined;
    let value = "";
    let from = this.position + 1;
    for (let at = from; at < this.text.length; at += 1) {
      const character = this.text.charAt(at);
      if (character === "\\") {
        value += this.text.slice(from, at);
        at += 1;
        from = at;
      } else if (character === '"') {
        value += this.text.slice(from, at);
        this.position = at + 1;
        return value;
      }
    }
    return undefined;
  }

  /** Letters, digits, `_`, `$` and inner spaces. */
  identifier(): string {
    const start = this.position;
    while (!this.atEnd) {
      const code = this.text.codePointAt(this.position) ?? 0;
      if (!isIdentifierCode(code)) break;
      this.position += code > 0xffff ? 2 : 1;
    }
    const name = trimSpaces(this.text.slice(start, this.position));
    if (name === "") this.fail("expected a name");
    return name;
  }

  /** A quoted name, or identifiers joined by `-` (but not by `->`). */
  name(): string {
    return this.#quotedOrDashed(() => this.identifier());
  }

  /** A key of a JSON path: like a name, with nearly every character. */
  jsonKey(): string {
    return this.#quotedOrDashed(() => {
      const key = trimSpaces(this.until("(-:.,>)"));
      // PostgREST strips every Unicode space here. Which these are depends on its version of Unicode: all are refused.
      if (key === "" || /^\s|\s$/u.test(key)) this.fail("expected a key");
      return key;
    });
  }

  #quotedOrDashed(part: () => string): string {
    if (this.peek() === '"') {
      const name = this.quoted();
      if (name === undefined || name === "") this.fail("expected a closed, non-empty quoted name");
      return name;
    }
    let name = part();
    while (this.peek() === "-" && !this.startsWith("->")) {
      this.position += 1;
      name += `-${part()}`;
    }
    return name;
  }
}

function isIdentifierCode(code: number): boolean {
  if (code < 128) {
    return (
      (code >= 97 && code <= 122) ||
      (code >= 65 && code <= 90) ||
      (code >= 48 && code <= 57) ||
      code === 95 ||
      code === 32 ||
      code === 36
    );
  }
  return /\p{L}/u.test(String.fromCodePoint(code));
}

function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) === 32) start += 1;
  while (end > start && text.charCodeAt(end - 1) === 32) end -= 1;
  return text.slice(start, end);
}

/** Where the decoded character at `position` stands in the raw query string. */
function rawOffset(piece: Piece, position: number): number {
  let raw = 0;
  for (let decoded = 0; decoded < position && raw < piece.raw.length; ) {
    const digits = piece.raw.slice(raw + 1, raw + 3);
    if (piece.raw.charAt(raw) !== "%" || !/^[0-9a-f]{2}$/i.test(digits)) {
      raw += 1;
      decoded += 1;
      continue;
    }
    const lead = Number.parseInt(digits, 16);
    raw += lead < 0x80 ? 3 : lead < 0xe0 ? 6 : lead < 0xf0 ? 9 : 12;
    decoded += lead < 0xf0 ? 1 : 2;
  }
  return piece.offset + raw;
}
