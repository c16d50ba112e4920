import type { EmbedItem, Level, SelectItem } from "./query.ts";

/** The name under which an embed is shown, and by which filters and orders address it. */
export function embedName(embed: Pick<EmbedItem, "alias" | "relation">): string {
  return embed.alias ?? embed.relation;
}

/** The member of the answer's rows that shows a column as it is. Undefined if there is none that is surely its. */
export function outputColumn(level: Level, column: string): string | undefined {
  for (const item of level.select) {
    const output = item.kind === "star" ? column : plainOutput(item, column);
    if (output !== undefined && level.select.filter((other) => shows(other, output)).length === 1)
      return output;
  }
  return undefined;
}

function plainOutput(item: SelectItem, column: string): string | undefined {
  if (item.kind !== "column" || item.field?.column !== column) return undefined;
  if (item.field.path.length > 0 || item.cast !== undefined || item.aggregate !== undefined) return undefined;
  return item.alias ?? column;
}

/** Whether an item may put a member of this name into the answer's rows. */
function shows(item: SelectItem, output: string): boolean {
  if (item.kind === "star") return true;
  if (item.kind === "embed") return item.spread || embedName(item) === output;
  const path = item.field?.path ?? [];
  const last = path.findLast((step) => step.key !== undefined)?.key ?? item.field?.column;
  return (item.alias ?? item.aggregate ?? last) === output;
}
