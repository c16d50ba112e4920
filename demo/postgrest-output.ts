/**
 * Parsers that make `@supabase/lite` answer as PostgREST does. PostgREST lets Postgres write the JSON;
 * lite parses every value in JavaScript and writes it again, which loses digits (bigint over 2^53, `1.00`),
 * turns numeric into a string, and prints timestamps in the session's style instead of ISO 8601. (NULL inside a
 * text[] stays the text "NULL": PGlite installs its own array parsers over these.)
 */

type Parser = (text: string) => unknown;

const oid = {
  bytea: 17,
  int8: 20,
  json: 114,
  float4: 700,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  jsonb: 3802,
} as const;

/** PGlite's parsers for the API's answers. */
export const postgrestOutput: Record<number, Parser> = {
  [oid.bytea]: (text) => text,
  [oid.int8]: numberAsWritten,
  [oid.float4]: numberAsWritten,
  [oid.float8]: numberAsWritten,
  [oid.numeric]: numberAsWritten,
  [oid.json]: parseJson,
  [oid.jsonb]: parseJson,
  [oid.timestamp]: (text) => text.replace(" ", "T"),
  [oid.timestamptz]: isoTimestamp,
};

/** PGlite's parsers for direct SQL: plain values, and exact numbers as text. */
export const sqlOutput: Record<number, Parser> = {
  [oid.bytea]: (text) => text,
  [oid.int8]: (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)),
  [oid.numeric]: (text) => text,
  [oid.json]: (text) => JSON.parse(text),
  [oid.jsonb]: (text) => JSON.parse(text),
};

// JSON.rawJSON (Node ≥ 22) survives lite's JSON.stringify digit by digit. TypeScript's es2024 lib lacks it.
declare global {
  interface JSON {
    rawJSON(text: string): object;
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown;
  }
}

function numberAsWritten(text: string): unknown {
  const value = Number(text);
  if (!Number.isFinite(value)) return text; // NaN and Infinity: a string, as in Postgres
  return String(value) === text ? value : JSON.rawJSON(text);
}

function parseJson(text: string): unknown {
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined ? numberAsWritten(source) : value,
  );
}

/** `2026-01-02 03:04:05.6+00` → `2026-01-02T03:04:05.6+00:00` */
function isoTimestamp(text: string): string {
  return text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
}
