export type Row = readonly string[];

/** Markdown; the first row is the head. */
export function table([head = [], ...rows]: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

/** The same for a terminal. */
export function aligned(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => plain(row[column]).length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column === 0 ? plain(cell).padEnd(width) : plain(cell).padStart(width);
        })
        .join("   ")
        .trimEnd(),
    )
    .join("\n");
}

/** Without Markdown's emphasis. */
export function plain(cell = ""): string {
  return cell.replaceAll("**", "");
}

/** A share as a cell shows it. */
export function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}
