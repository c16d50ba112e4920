import type { Sql } from "postgres";
import type { Truth } from "../judge/truth.ts";
import { TOPICS } from "../traffic/queries.ts";
import { NOTES, READINGS, type Row } from "../traffic/writers.ts";

/** Seeds what the writers then change. */
export async function seed(sql: Sql, truth: Truth): Promise<void> {
  for (let id = 1; id <= TOPICS; id++) {
    const [row] = await sql<
      Row[]
    >`insert into topics values (${id}, ${`topic ${id}`}, ${id % 3 > 0}) returning *`;
    if (row) truth.seed("topics", id, row);
  }
  for (let id = 1; id <= NOTES; id++) {
    const [row] = await sql<Row[]>`insert into notes (id, topic_id, title, rank, hidden)
      values (${id}, ${(id % TOPICS) + 1}, 'apple', ${id * 3}, ${id % 5 === 0}) returning *`;
    if (row) truth.seed("notes", id, row);
  }
  for (let id = 1; id <= READINGS; id++) {
    const [row] = await sql<Row[]>`insert into readings values (${id}, ${(id * 10) % 100}) returning *`;
    if (row) truth.seed("readings", id, row);
  }
  for (let id = 1; id <= 3; id++) truth.seed("still", id, { id, version: 1 });
  truth.seed("policies", 2, { version: 1, rule: "all" });
  truth.seed("policies", 1, { version: 1, rule: "open" });
}
