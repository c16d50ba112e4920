/**
 * What a condition may yield for a row, as a set: SQL's true, false and null, and several of them when it is not
 * known which. SQL's null and "not known" stay apart: NOT null is null, but NOT "false or null" is "true or null".
 */
export type Outcomes = number;

export const TRUE = 1;
export const FALSE = 2;
export const NULL = 4;
export const UNKNOWN = 7;

/** Whether a WHERE clause of this outcome may let the row pass. */
export function mayPass(outcomes: Outcomes): boolean {
  return (outcomes & TRUE) !== 0;
}

export function mustPass(outcomes: Outcomes): boolean {
  return outcomes === TRUE;
}

export function truth(value: boolean): Outcomes {
  return value ? TRUE : FALSE;
}

export function not(outcomes: Outcomes): Outcomes {
  return ((outcomes & TRUE) << 1) | ((outcomes & FALSE) >> 1) | (outcomes & NULL);
}

/** SQL: false wins, then null. */
export function and(a: Outcomes, b: Outcomes): Outcomes {
  return not(or(not(a), not(b)));
}

/** SQL: true wins, then null. */
export function or(a: Outcomes, b: Outcomes): Outcomes {
  const isTrue = (a | b) & TRUE;
  const isFalse = a & b & FALSE;
  const notTrue = FALSE | NULL;
  const isNull = ((a & NULL && b & notTrue) || (b & NULL && a & notTrue) ? NULL : 0) as number;
  return isTrue | isFalse | isNull;
}
