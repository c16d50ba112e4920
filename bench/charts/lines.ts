import type { Curve } from "../questions/growth/curve.ts";
import { COLOURS, shadeOf } from "./palette.ts";

/** The columns of a curve to draw, by their heads in growth.json. */
export interface Chosen {
  readonly curve: string;
  readonly x: string;
  readonly y: readonly string[];
  /** What the lines show. */
  readonly says: string;
  /** A line for each of this column's bounds, instead of one for each y. */
  readonly lineFor?: string;
}

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export function linesOf({ x, y, lineFor }: Chosen, curve: Curve): readonly Line[] {
  if (lineFor === undefined)
    return y.map((head, rank) => ({
      name: head,
      colour: rank === 0 ? COLOURS.tidemark : COLOURS.bound3,
      points: pointsOf(curve, x, head),
    }));
  const bounds = columnOf(curve, lineFor);
  return [...new Set(bounds)].flatMap((bound) => {
    const rows = curve.rows.filter((_, row) => bounds[row] === bound);
    return y.map((head) => ({
      name: `${bound} s`,
      colour: shadeOf(bound, bounds),
      points: pointsOf({ ...curve, rows }, x, head),
    }));
  });
}

function pointsOf(curve: Curve, x: string, y: string): Line["points"] {
  const ys = columnOf(curve, y);
  return columnOf(curve, x).map((x, row) => ({ x, y: ys[row] ?? Number.NaN }));
}

function columnOf({ title, head, rows }: Curve, name: string): readonly number[] {
  const column = head.indexOf(name);
  if (column === -1) throw new Error(`growth.json: “${title}” has no column “${name}”`);
  return rows.map((row) => row[column] ?? Number.NaN);
}
