import { OUTBOX } from "../../capture/d1/names.ts";
import { countsChanges } from "../sql/effects/may-write.ts";
import type { Answer } from "./answers.ts";
import { lacksTable } from "./no-table.ts";

type Batches = Pick<D1Database, "prepare" | "batch">;

/** Capture's rows: their ids grow by one, and the oldest are deleted first. Each of them is a read of one row. */
const TOLD = `(SELECT min(id) FROM ${OUTBOX}) AS low, (SELECT max(id) FROM ${OUTBOX}) AS high`;
const BEFORE = `SELECT ${TOLD}`;
const AFTER = `SELECT changes() AS own, ${TOLD}`;

/** A database without capture is not asked for it with each write. */
const ABSENT_MS = 60_000;

/** Tells writers how many rows they have changed, without those that capture has written down (R10). */
export class CountedWrites {
  #absentUntil = Number.NEGATIVE_INFINITY;

  /** Whether the changes of this statement can be told. */
  covers(sql: string | undefined): boolean {
    return sql !== undefined && Date.now() >= this.#absentUntil && countsChanges(sql);
  }

  /**
   * A batch, in which capture's rows are counted around each write.
   *
   * @param statements with the texts of those whose changes are to be told
   * @param uncounted does the same without counting
   * @throws what the database throws
   */
  async batch(
    database: Batches,
    statements: readonly { readonly bare: D1PreparedStatement; readonly isCounted: boolean }[],
    uncounted: () => Promise<readonly Answer[]>,
  ): Promise<readonly Answer[]> {
    const sent: D1PreparedStatement[] = [];
    const places = statements.map(({ bare, isCounted }) => {
      if (isCounted) sent.push(database.prepare(BEFORE));
      const at = sent.push(bare) - 1;
      if (isCounted) sent.push(database.prepare(AFTER));
      return { at, isCounted };
    });
    if (sent.length === statements.length) return uncounted();
    const answers = await database.batch(sent).catch((error: unknown) => {
      // A batch is all or nothing, so nothing has been written.
      if (!lacksTable(error, OUTBOX)) throw error;
      this.#absentUntil = Date.now() + ABSENT_MS;
      return undefined;
    });
    if (answers === undefined) return uncounted();
    const all = answers as unknown as readonly Answer[];
    return places.map(({ at, isCounted }) => {
      const answer = all[at] as Answer;
      return isCounted ? withChanges(answer, all[at - 1], all[at + 1]) : answer;
    });
  }
}

function withChanges(answer: Answer, before: Answer | undefined, after: Answer | undefined): Answer {
  const [was, is] = [before?.results?.[0], after?.results?.[0]];
  const { changes } = answer.meta;
  // Where D1 does not count what triggers write, there is nothing to leave out.
  if (was === undefined || is === undefined || changes === undefined || changes === is.own) return answer;
  const [low, high] = (["low", "high"] as const).map((end) => Number(is[end] ?? 0) - Number(was[end] ?? 0));
  const ours = (high as number) + (low as number);
  return { ...answer, meta: { ...answer.meta, changes: Math.max(changes - ours, Number(is.own)) } };
}
