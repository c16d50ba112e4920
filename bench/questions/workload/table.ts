/** A table in Markdown; all columns but the first are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const [, ...others] = head;
  return [line(head), `| --- | ${others.map(() => "---:").join(" | ")} |`, ...rows.map(line)];
}
