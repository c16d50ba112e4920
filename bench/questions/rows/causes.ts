import { Rows } from "../../../src/rows/rows.ts";
import { type Page, type PageValue, readsOf } from "./blog/pages.ts";
import type { Database } from "./database.ts";

/** Why the library loaded. Only the first two are loads that a clairvoyant makes, too. */
export const CAUSES = {
  first: "the first of the page",
  changed: "the result is another one",
  table: "equal: a page that stands on a whole table, and another row of it changed",
  row: "equal: a row that the page reads changed, in what the page does not show",
  slot: "equal: another row's name shares a slot",
  elsewhere: "equal: another place has loaded it, and Workers KV does not show it here yet",
  beside: "equal: another isolate of this place has just loaded it, or is loading it",
  again: "equal: this isolate has loaded it, and could not prove it",
  equal: "equal: a lane that does not read by rows",
} as const;

export type Cause = keyof typeof CAUSES;

interface LoadOf {
  readonly page: Page;
  readonly isolate: number;
  readonly place: number;
  readonly text: string;
  readonly commits: number;
}

/** Loads that brought nothing new. */
export function equalOf({ first: _first, changed: _changed, ...others }: CauseCounts): number {
  return Object.values(others).reduce((sum, count) => sum + count, 0);
}

/** Loads by why they were made; those for equal results by the write that led to them, too: `row: edit`. */
export type CauseCounts = Readonly<Record<string, number>>;

/** Finds out, for each load, whether it was necessary, and if not, why it was made. */
export class Causes {
  readonly counts: Record<string, number> = {};
  readonly #database: Database;
  readonly #isByRows: boolean;
  readonly #last = new Map<string, LoadOf>();

  /** @param isByRows whether rows decide; else it is not asked why a load brought nothing new */
  constructor(database: Database, isByRows: boolean) {
    this.#database = database;
    this.#isByRows = isByRows;
  }

  loaded(load: LoadOf): void {
    const last = this.#last.get(load.page.key);
    this.#last.set(load.page.key, load);
    const cause = this.#causeOf(load, last);
    this.counts[cause] = (this.counts[cause] ?? 0) + 1;
  }

  #causeOf(load: LoadOf, last: LoadOf | undefined): Cause | `${Cause}: ${string}` {
    if (last === undefined) return "first";
    if (last.text !== load.text) return "changed";
    if (!this.#isByRows) return "equal";
    const names = this.#namesOf(load).map((name) => ({ name, ...this.#database.raised(name) }));
    const own = names.filter(({ itself }) => itself.commit > last.commits);
    const row = own.find(({ name }) => name.startsWith("w")) ?? own[0];
    if (row !== undefined) return `${row.name.startsWith("w") ? "row" : "table"}: ${row.itself.by}`;
    if (names.some(({ slot }) => slot.commit > last.commits)) return "slot";
    if (last.place !== load.place) return "elsewhere";
    return last.isolate !== load.isolate ? "beside" : "again";
  }

  #namesOf({ page, text }: LoadOf): readonly string[] {
    const value = JSON.parse(text) as PageValue;
    const reads = readsOf(page, this.#database.bodies).flatMap((each) =>
      each instanceof Rows ? [each] : each(value),
    );
    return reads.flatMap((each) => {
      const found = each.namesIn(this.#database.capture.map);
      if ("names" in found) return found.names;
      throw new Error(`${page.key} reads what is not followed: ${JSON.stringify(found)}`);
    });
  }
}
