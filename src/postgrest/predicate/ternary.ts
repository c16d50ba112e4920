/**
 * What a condition may yield for a row, as a set: SQL's true, false and null, and several of them when it is not
 * known which. SQL's null and "not known" stay apart: NOT null is null, but NOT "false or null" is "true or null".
 */
export type Ternary = number;

export const TRUE = 1;
export const FALSE = 2;
export const NULL = 4;
export const UNKNOWN = 7;

/** Whether a WHERE clause of this outcome may let the row pass. */
export function mayPass(value: Ternary): boolean {
  return (value & TRUE) !== 0;
}

export function mustPass(value: Ternary): boolean {
  return value === TRUE;
}

export function truth(value: boolean): Ternary {
  return value ? TRUE : FALSE;
}

export function not(value: Ternary): Ternary {
  return ((value & TRUE) << 1) | ((value & FALSE) >> 1) | (value & NULL);
}

/** SQL: false wins, then null. */
export function and(a: Ternary, b: Ternary): Ternary {
  return not(or(not(a), not(b)));
}

/** SQL: true wins, then null. */
export function or(a: Ternary, b: Ternary): Ternary {
  const isTrue = (a | b) & TRUE;
  const isFalse = a & b & FALSE;
  const notTrue = FALSE | NULL;
  const isNull = ((a & NULL && b & notTrue) || (b & NULL && a & notTrue) ? NULL : 0) as number;
  return isTrue | isFalse | isNull;
}
