import type { Position } from "../../../keeper/protocol/position.ts";

/** The header that carries a token: in answers to strict reads and in the reads that follow them. */
export const TOKEN_HEADER = "tidemark-token";

/** A generation has some sixty characters. */
const LONGEST = 200;

/** A position as text: `<generation>.<mark>`. */
export function printToken({ generation, mark }: Position): string {
  return `${generation}.${mark}`;
}

/**
 * The position that a token names; undefined when it cannot be parsed. Its sender has written something all the same.
 */
export function parseToken(token: string): Position | undefined {
  if (token.length > LONGEST) return undefined;
  const dot = token.lastIndexOf(".");
  const [generation, mark] = [token.slice(0, dot), token.slice(dot + 1)];
  if (dot < 1 || !/^\d{1,15}$/.test(mark)) return undefined;
  return { generation, mark: Number(mark) };
}
