/**
 * What a condition may yield for a row: a set of SQL's true, false and null, with several members when it is not known
 * which of them it yields. So null and *not known* stay apart: NOT null is null, but NOT {false, null} is {true, null}.
 */
export type Ternary = number;

export const TRUE = 1;
export const FALSE = 2;
export const NULL = 4;
export const UNKNOWN = 7;

/** Whether a WHERE clause that may yield this may let the row pass. */
export function mayPass(value: Ternary): boolean {
  return (value & TRUE) !== 0;
}

/** Whether a WHERE clause that yields this certainly lets the row pass. */
export function mustPass(value: Ternary): boolean {
  return value === TRUE;
}

export function truth(value: boolean): Ternary {
  return value ? TRUE : FALSE;
}

export function not(value: Ternary): Ternary {
  return ((value & TRUE) << 1) | ((value & FALSE) >> 1) | (value & NULL);
}

/** As SQL combines them: false wins, then null. */
export function and(a: Ternary, b: Ternary): Ternary {
  return not(or(not(a), not(b)));
}

/** As SQL combines them: true wins, then null. */
export function or(a: Ternary, b: Ternary): Ternary {
  const isTrue = (a | b) & TRUE;
  const isFalse = a & b & FALSE;
  const notTrue = FALSE | NULL;
  const isNull = ((a & NULL && b & notTrue) || (b & NULL && a & notTrue) ? NULL : 0) as number;
  return isTrue | isFalse | isNull;
}
