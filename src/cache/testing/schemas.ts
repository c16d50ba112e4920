// For tests: schemas that count how often they parse, and what they make of one row.

import type { StandardSchema } from "../entry/standard-schema.ts";

interface Counted<T> extends StandardSchema<T> {
  readonly parsed: () => number;
}

/** A schema that counts how often it parses. `parse` throws to refuse a value. */
export function schema<T>(parse: (value: unknown) => T | Promise<T>): Counted<T> {
  let parsed = 0;
  return {
    parsed: () => parsed,
    "~standard": {
      version: 1,
      vendor: "test",
      validate: async (value) => {
        parsed++;
        try {
          return { value: await parse(value) };
        } catch (error) {
          return { issues: [{ message: String(error) }] };
        }
      },
    },
  };
}

export const refuse = (): never => {
  throw new Error("refused");
};
export interface Row {
  readonly at: string;
  readonly n?: number;
}
export const asDate = () => schema((value) => ({ at: new Date((value as Row).at) }));
export const withDefault = () => schema((value) => ({ n: 7, ...(value as Row) }));
export const asText = () => schema((value) => JSON.stringify(value));
export const texts = () => schema((value) => (typeof value === "string" ? value : refuse()));
export const numbers = () => schema((value) => (typeof value === "number" ? value : refuse()));
