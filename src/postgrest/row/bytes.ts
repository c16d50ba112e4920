/**
 * About how much memory values take, measured on V8 with the 8-byte pointers of Node; workerd's are no longer. Budgets
 * rely on it, so it errs on the high side (`bench/questions/registry` compares it with what is really taken).
 */

const TEXT_BYTES = 32;
const LIST_BYTES = 48;
const OBJECT_BYTES = 64;
const FIELD_BYTES = 16;

/** V8 stores one byte for each character, or two if any of them is beyond Latin-1. */
export function textBytes(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the first 256 characters are meant
  return TEXT_BYTES + (/^[\x00-\xff]*$/.test(text) ? text.length : 2 * text.length);
}

/** Of a list of texts. */
export function listBytes(texts: readonly string[]): number {
  let bytes = LIST_BYTES;
  for (const text of texts) bytes += 8 + textBytes(text);
  return bytes;
}

/** Of plain JSON. What occurs in it several times counts once, and what is in `seen` does not count. */
export function jsonBytes(value: unknown, seen: Set<unknown> = new Set()): number {
  if (seen.has(value)) return 0;
  if (typeof value !== "string" && (typeof value !== "object" || value === null)) return 0;
  seen.add(value);
  if (typeof value === "string") return textBytes(value);
  let bytes = Array.isArray(value) ? LIST_BYTES : OBJECT_BYTES;
  for (const each of Object.values(value)) {
    bytes += (Array.isArray(value) ? 8 : FIELD_BYTES) + jsonBytes(each, seen);
  }
  return bytes;
}
