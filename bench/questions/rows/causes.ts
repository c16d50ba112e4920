import { namesOfRows } from "../../../src/cache/read/reads.ts";
import { isRowName } from "../../../src/rows/row-name.ts";
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
} as const;

export type Cause = keyof typeof CAUSES;

interface LoadOf {
  readonly page: Page;
  readonly isolate: number;
  readonly place: number;
  readonly text: string;
  readonly commits: number;
}

/** Loads by why they were made; those for equal results by the write that led to them, too: `row: edit`. */
export type CauseCounts = Readonly<Record<string, number>>;

/** Finds out, for each load, whether it was necessary, and if not, why it was made. */
export class Causes {
  readonly counts: Record<string, number> = {};
  readonly #database: Database;
  readonly #last = new Map<string, LoadOf>();

  constructor(database: Database) {
    this.#database = database;
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
    return namesOfRows(reads, this.#database.capture.map).names.filter(isRowName);
  }
}
