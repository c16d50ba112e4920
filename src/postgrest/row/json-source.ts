/**
 * The members of a JSON object as source text, so that nothing is lost: `1.00` stays `1.00`, and integers keep all their
 * digits. Needs text that `JSON.parse` accepts. Of a repeated key the last value counts.
 *
 * @param options.unique refuse a repeated key, as two readers could take different values
 * @returns an object without prototype; undefined when the text is not an object, or has a repeated key that is refused
 */
export function objectMembers(text: string, { unique = false } = {}): Record<string, string> | undefined {
  let at = skipSpace(text, 0);
  if (text[at] !== "{") return undefined;
  const members: Record<string, string> = Object.create(null);
  at = skipSpace(text, at + 1);
  while (text[at] === '"') {
    const keyEnd = skipString(text, at);
    const key = unquote(text.slice(at, keyEnd));
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = skipValue(text, start);
    if (unique && key in members) return undefined;
    members[key] = text.slice(start, end);
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return members;
}

/** The elements of a JSON array as source text. Undefined when the text is not an array. */
export function arrayElements(text: string): string[] | undefined {
  let at = skipSpace(text, 0);
  if (text[at] !== "[") return undefined;
  const elements: string[] = [];
  at = skipSpace(text, at + 1);
  while (at < text.length && text[at] !== "]") {
    const end = skipValue(text, at);
    elements.push(text.slice(at, end));
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return elements;
}

/** The text that a JSON string literal means. */
export function unquote(literal: string): string {
  return literal.includes("\\") ? (JSON.parse(literal) as string) : literal.slice(1, -1);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at += 1;
  return at;
}

const QUOTE = 34;
const BACKSLASH = 92;

/** Where the string that begins here ends. `indexOf` finds a quote many times faster than a loop. */
export function skipString(text: string, from: number): number {
  let at = from;
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0) return text.length + 1;
    let before = at - 1;
    while (before > from && text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at + 1;
  }
}

/** Whether brackets are nested more deeply than `most`. The text need not be JSON. */
export function isDeeperThan(text: string, most: number): boolean {
  if (text.length <= most) return false;
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = skipString(text, at);
      continue;
    }
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      depth += 1;
      if (depth > most) return true;
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) depth -= 1;
    at += 1;
  }
  return false;
}

/** Needs no recursion: outside of strings, a value ends where its brackets balance again. */
function skipValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = skipString(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth += 1;
    else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      if (depth === 0) return trimEnd(text, from, at);
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (code === COMMA && depth === 0) return trimEnd(text, from, at);
    at += 1;
  }
  return trimEnd(text, from, at);
}

const COMMA = 44;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

function trimEnd(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && SPACE.includes(text[end - 1] ?? "")) end -= 1;
  return end;
}

const SPACE = " \n\r\t";
