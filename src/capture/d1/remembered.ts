import { STATE, WATCHED } from "./names.ts";
import type { D1CaptureOptions } from "./options.ts";
import { isFollowable } from "./schema/followable.ts";
import type { AnswerRow, D1Schema } from "./schema/schema.ts";

/** What an installation was made with. Each statement's answer is a part of what `rememberedOf` takes. */
export const REMEMBERED_QUESTIONS: readonly string[] = [
  `SELECT tbl, followed, quiet, coarse FROM ${WATCHED} ORDER BY tbl`,
  `SELECT asked FROM ${STATE}`,
];

/** Options of an installation, and those of them that cannot be kept as the schema has changed. */
export interface Remembered {
  readonly options: Required<Omit<D1CaptureOptions, "tables">> & Pick<D1CaptureOptions, "tables">;
  readonly gone: readonly string[];
}

/** The options of the installation that is there, as far as the schema still has what they name. */
export function rememberedOf(schema: D1Schema, answers: readonly (readonly AnswerRow[])[]): Remembered {
  const [watched = [], [state] = []] = answers;
  const gone: string[] = [];
  const kept = (name: string, isThere: boolean) => {
    if (!isThere) gone.push(name);
    return isThere ? [name] : [];
  };
  const columns = (member: "followed" | "quiet") =>
    watched.flatMap(({ tbl, [member]: names }) => {
      const table = schema.tables.find(({ name }) => name === tbl);
      return (JSON.parse(String(names)) as string[]).flatMap((name) => {
        const column = table?.columns.find((each) => each.name === name);
        // Keys are followed in any case.
        if (member === "followed" && (column?.key ?? 0) > 0) return [];
        return kept(`${tbl}.${name}`, column !== undefined && (member === "quiet" || isFollowable(column)));
      });
    });
  const tables = (names: readonly string[]) =>
    names.flatMap((name) =>
      kept(
        name,
        schema.tables.some((table) => table.name.toLowerCase() === name.toLowerCase()),
      ),
    );
  const asked = typeof state?.asked === "string" ? (JSON.parse(state.asked) as string[]) : undefined;
  const options = {
    tables: asked === undefined ? undefined : tables(asked),
    follow: columns("followed"),
    quiet: columns("quiet"),
    coarse: tables(watched.filter(({ coarse }) => coarse === 1).map(({ tbl }) => String(tbl))),
  };
  return { options, gone: [...new Set(gone)] };
}
