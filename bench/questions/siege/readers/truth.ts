import type { Query, RowName, ShownRow } from "../site/queries.ts";
import { shownRows } from "../site/queries.ts";

/** When a version of a row was committed, on the harness' clock, in milliseconds. */
interface Version {
  /** Just before its COMMIT was sent: no reader can have seen it earlier. */
  readonly sentAt: number;
  /** Just after that was answered: later reads may expect it. `Infinity`: not yet. */
  committedAt: number;
}

/** What is wrong with an answer. Null: nothing. */
export type Fault = { readonly kind: "wrong" | "stale"; readonly why: string } | null;

/** Every version of every row that the application has written. There is one writer. */
export class Truth {
  /** From version 2 on: the first versions existed before. */
  readonly #versions = new Map<RowName, Version[]>();

  /** Notes that an update is about to be sent. The returned function notes that it was committed. */
  update(row: RowName): () => void {
    const version = { sentAt: performance.now(), committedAt: Number.POSITIVE_INFINITY };
    const versions = this.#versions.get(row);
    if (versions) versions.push(version);
    else this.#versions.set(row, [version]);
    return () => {
      version.committedAt = performance.now();
    };
  }

  /**
   * Whether this was the database's answer at some moment between `boundMs` before the request and the response.
   *
   * @param boundMs how old an answer may be
   * @param askedAt just before the request was sent, by `performance.now()`
   * @param answeredAt just after the response arrived
   */
  judge(
    query: Query,
    rows: readonly ShownRow[],
    boundMs: number,
    { askedAt, answeredAt }: { readonly askedAt: number; readonly answeredAt: number },
  ): Fault {
    const shown = shownRows(query, rows);
    const names = shown.map(({ row }) => row).join();
    if (names !== query.rows.join())
      return { kind: "wrong", why: `shows ${names}, not ${query.rows.join()}` };
    for (const { row, version } of shown) {
      const versions = this.#versions.get(row) ?? [];
      const own = version === 1 ? ALWAYS : versions[version - 2];
      if (own === undefined || own.sentAt > answeredAt)
        return { kind: "wrong", why: `${row} has no version ${version} yet` };
      const next = versions[version - 1];
      const age = next === undefined ? 0 : askedAt - next.committedAt;
      if (age > boundMs)
        return { kind: "stale", why: `${row}: its next version was committed ${Math.round(age)} ms before` };
    }
    return null;
  }
}

const ALWAYS: Version = { sentAt: Number.NEGATIVE_INFINITY, committedAt: Number.NEGATIVE_INFINITY };
