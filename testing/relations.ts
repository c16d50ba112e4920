import type { ColumnDescription, RelationDescription } from "../src/postgrest/schema/schema.ts";

const column = (type: string, notNull: boolean): ColumnDescription => ({
  ...{ type, family: "base", notNull, plainCollation: true, exact: true, generated: "no" },
});

interface More extends Partial<RelationDescription> {
  /** Whether its columns may be null; by default they may not. */
  readonly nullable?: boolean;
}

/** A table as Postgres describes it, with a key called `id`: its columns by name, each of one of Postgres' own types. */
export function tableOf(
  types: Readonly<Record<string, string>>,
  { nullable = false, ...more }: More = {},
): RelationDescription {
  const columns = Object.entries(types).map(([name, type]) => [name, column(type, !nullable)] as const);
  return {
    ...{ kind: "table", columns: new Map(columns), keys: [["id"]], foreignKeys: [] },
    ...{ descendants: [], ancestors: [], computed: new Map(), handlers: [], origins: new Map() },
    ...more,
  };
}
