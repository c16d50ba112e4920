import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

/** A column of a table over rows of one kind. */
interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Figures stand to the right, one below the other. */
  readonly isFigure?: boolean;
  /** Makes the column's heading a button. Largest first, texts from A. */
  readonly sortBy?: (row: Row) => number | string;
}

interface TableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** The column that the rows are sorted by at first. */
  readonly sorted?: string;
  /** What opens below a row; its first cell is then a button. */
  readonly details?: (row: Row) => ComponentChildren;
}

/** A table that scrolls within itself where it is wider than the page. Its first column names the row. */
export function Table<Row>({ caption, columns, rows, keyOf, sorted, details }: TableProps<Row>) {
  const [order, setOrder] = useState({ by: sorted, isReversed: false });
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const column = columns.find(({ name }) => name === order.by);
  const shown = column?.sortBy === undefined ? rows : sortedBy(rows, column.sortBy, order.isReversed);
  const toggle = (key: string) => {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a section would be a landmark, and the panel around it is one already.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard (WCAG 2.1.1).
    <div class="scroll" role="group" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((each) => (
              <Heading
                key={each.name}
                column={each}
                direction={each.name !== order.by ? undefined : order.isReversed ? "reversed" : "first"}
                onSort={() =>
                  setOrder({ by: each.name, isReversed: each.name === order.by && !order.isReversed })
                }
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => {
            const key = keyOf(row);
            const isOpen = open.has(key);
            return [
              <tr key={key} class={isOpen ? "open" : undefined}>
                {columns.map(({ name, cell, isFigure }, index) =>
                  index > 0 ? (
                    <td key={name} class={isFigure ? "number" : undefined}>
                      {cell(row)}
                    </td>
                  ) : (
                    <th key={name} scope="row">
                      {details === undefined ? (
                        cell(row)
                      ) : (
                        <button
                          type="button"
                          class="disclose"
                          aria-expanded={isOpen}
                          onClick={() => toggle(key)}
                        >
                          {cell(row)}
                        </button>
                      )}
                    </th>
                  ),
                )}
              </tr>,
              details !== undefined && isOpen && (
                <tr key={`${key} details`} class="details">
                  <td colSpan={columns.length}>
                    <div>{details(row)}</div>
                  </td>
                </tr>
              ),
            ];
          })}
        </tbody>
      </table>
    </div>
  );
}

interface HeadingProps<Row> {
  readonly column: Column<Row>;
  readonly direction: "first" | "reversed" | undefined;
  onSort(): void;
}

function Heading<Row>({ column: { name, isFigure, sortBy }, direction, onSort }: HeadingProps<Row>) {
  const isUp = (direction === "first") !== (isFigure ?? false);
  const sort = direction === undefined ? undefined : isUp ? "ascending" : "descending";
  return (
    <th scope="col" class={isFigure ? "number" : undefined} aria-sort={sort}>
      {sortBy === undefined ? (
        name
      ) : (
        <button type="button" class="sort" onClick={onSort}>
          {name}
        </button>
      )}
    </th>
  );
}

function sortedBy<Row>(
  rows: readonly Row[],
  by: (row: Row) => number | string,
  isReversed: boolean,
): readonly Row[] {
  const sign = isReversed ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [a, b] = [by(one), by(other)];
    return (
      sign * (typeof a === "number" && typeof b === "number" ? b - a : String(a).localeCompare(String(b)))
    );
  });
}
