/** A value by which a row may be told from others. */
export type RowValue = string | number | bigint | boolean | null | ArrayBuffer | Uint8Array;

/** Capture tells no more of a text than its first characters (code points). */
export const CHARACTERS_TOLD = 256;

/** Of letters and digits no more than these are compared. */
const CHARACTERS_COMPARED = 64;

/** No text is compared like this. */
const NULL = "-";

const INFINITE = "infinity";

/**
 * What is compared in place of a value, by the reader and by the keeper alike (R4). Values that any `=` of SQLite's
 * affinities, NOCASE, citext, `char(n)`, numeric scale, or a spelling of a number or a uuid takes for equal are equal here. So
 * are many others, as a number and its negative: that costs a load, never a stale value. Number 7 in a TEXT column is stored as
 * `7.0`, and 2^53 + 1 is read as 2^53. Holds for what is at most `CHARACTERS_TOLD` long: of a longer text that is a number, the
 * database may read more than capture tells.
 */
export function coarse(value: RowValue): string {
  if (value === null) return NULL;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (value instanceof ArrayBuffer) return compared(hexOf(new Uint8Array(value)));
  if (value instanceof Uint8Array) return compared(hexOf(value));
  return compared(String(value));
}

/** What Postgres takes for booleans, whole or their beginnings, and what it prints where JavaScript counts too far. */
const WORDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(["t", "tr", "tru", "true", "y", "ye", "yes", "on"].map((word) => [word, "1"])),
  ...Object.fromEntries(
    ["f", "fa", "fal", "fals", "false", "n", "no", "of", "off"].map((word) => [word, "0"]),
  ),
  inf: INFINITE,
};

function compared(text: string): string {
  const told = text.length <= CHARACTERS_TOLD ? text : [...text].slice(0, CHARACTERS_TOLD).join("");
  const plain = inLowerCase(told.normalize("NFKD").replace(/\p{M}/gu, ""));
  const letters = plain.replace(/[^\p{L}\p{N}]/gu, "");
  // Without its hyphens a uuid may be a number.
  return (
    numeric(plain) ??
    numeric(letters) ??
    WORDS[letters] ??
    [...letters].slice(0, CHARACTERS_COMPARED).join("")
  );
}

/**
 * Letters that any database's lower case takes for one, as `citext` does. One at a time, and by way of upper case: JavaScript
 * writes a sigma differently at the end of a word, and the large `ẞ` is a small `ß` only in lower case.
 */
function inLowerCase(text: string): string {
  if (/^\p{ASCII}*$/u.test(text)) return text.toLowerCase();
  return Array.from(text, (letter) => letter.toLowerCase().toUpperCase().toLowerCase()).join("");
}

/** As JavaScript and Postgres 16 write them, `-0x1f` and `1_000`, without the sign. A blank text is 0. Undefined: it is none. */
function numeric(text: string): string | undefined {
  const number = Number(text.replaceAll("_", "").trim().replace(/^[+-]/, ""));
  if (Number.isNaN(number)) return undefined;
  if (!Number.isFinite(number)) return INFINITE;
  return String(Math.abs(number));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, CHARACTERS_TOLD), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
