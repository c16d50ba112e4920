import type { Colour, Paint } from "./paint.ts";

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** Numbers go right, so that their digits are below each other. Default: left. */
  readonly align?: "left" | "right";
  readonly colour?: (row: Row) => Colour;
}

/**
 * Lines of a table with its titles. The last column is not padded.
 *
 * @param width characters that a line may have; what is longer loses its end. Undefined: any
 */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  paint: Paint,
  width?: number,
): readonly string[] {
  const cells = rows.map((row) => columns.map(({ text }) => printable(text(row))));
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)),
  );
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, 0);
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(MIN_LAST, width - before);
  const line = (texts: readonly string[], colourAt: (at: number) => Colour) =>
    texts
      .map((text, at) => {
        const isLast = at === texts.length - 1;
        const shown = isLast ? shortened(text, room) : text;
        const missing = " ".repeat(Math.max(0, (widths[at] ?? 0) - shown.length));
        const painted = paint(colourAt(at), shown);
        if (columns[at]?.align === "right") return missing + painted;
        return isLast ? painted : painted + missing;
      })
      .join(GAP)
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      () => "dim",
    ),
    ...cells.map((texts, index) => line(texts, (at) => columns[at]?.colour?.(rows[index] as Row) ?? "plain")),
  ];
}

/**
 * The text with control characters escaped. Queries hold what strangers have sent, and a terminal obeys some
 * characters; others turn the direction of writing.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** The same for a text of several lines, which are ours. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

const GAP = "  ";

/** However narrow the terminal is, this much of the last column is shown. */
const MIN_LAST = 20;

function shortened(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}
