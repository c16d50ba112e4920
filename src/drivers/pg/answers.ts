import type { PgField, PgResult, PgTypes } from "./shapes.ts";

// An answer is kept as Postgres printed it, and parsed for each reader by the parsers of their own: dates, numbers beyond
// 2^53 and bytes survive, and readers with other parsers share it.

/** Leaves every value as the text that Postgres printed. */
export const TEXTS: PgTypes = { getTypeParser: () => (text: unknown) => text };

interface KeptResult extends Omit<PgResult, "rows"> {
  readonly rows: readonly (readonly (string | null)[])[];
}

/** @param result with texts, rows as lists; undefined: it cannot be kept */
export function keepResult(result: PgResult): KeptResult | undefined {
  if (Array.isArray(result)) return undefined;
  const { command, rowCount, oid, fields, rows } = result;
  const isText = fields.every(({ format }) => format === undefined || format === "text");
  if (!isText || !rows.every(isTexts)) return undefined;
  return { command, rowCount, oid, fields: fields.map((field) => ({ ...field })), rows };
}

const isTexts = (row: unknown): row is (string | null)[] =>
  Array.isArray(row) && row.every((value) => typeof value === "string" || value === null);

/** How a reader wants rows. */
export interface RowShape {
  readonly asArrays: boolean;
  readonly types: PgTypes;
}

export function resultOf({ command, rowCount, oid, fields, rows }: KeptResult, shape: RowShape): PgResult {
  const parsers = fields.map(({ dataTypeID }) => shape.types.getTypeParser(dataTypeID, "text"));
  const values = (row: readonly (string | null)[]) =>
    row.map((text, at) => (text === null ? null : parsers[at]?.(text)));
  return {
    command,
    rowCount,
    oid,
    fields: fields.map((field) => ({ ...field })),
    rows: shape.asArrays ? rows.map(values) : objects(fields, rows.map(values)),
  };
}

function objects(fields: readonly PgField[], rows: readonly unknown[][]): object[] {
  const names = fields.map(({ name }) => name);
  if (names.includes("__proto__")) {
    // A column like any other: it must not become the row's prototype.
    return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]])));
  }
  return rows.map((row) => {
    const object: Record<string, unknown> = {};
    for (let at = 0; at < names.length; at++) object[names[at] as string] = row[at];
    return object;
  });
}
