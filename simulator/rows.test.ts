import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";
import { edit } from "./mutation.ts";
import type { Edit } from "./platform/modules.ts";
import type { RowsDone, RowsJob } from "./rows-worker.ts";

const HISTORIES = 200;

const PULL = "src/keeper/changes/pull-feed.ts";
const INGEST = "src/keeper/changes/row-ingest.ts";
const NAMES = "src/rows/row-name.ts";
const MARKS = "src/keeper/storage/marks.ts";
const OWNED = "src/keeper/changes/owned-feed.ts";

/** Each breaks a rule of docs/design/rows.md. */
const MUTATIONS: Readonly<Record<string, readonly Edit[]>> = {
  "R1. isolate and keeper count tables differently": [
    edit(
      "src/fence/row-fence.ts",
      "this.#slots = new RowSlots(map);",
      "this.#slots = new RowSlots({ ...map, tables: { a: map.tables['main.posts'] as never, ...map.tables } });",
    ),
  ],
  "R2. what is followed is not part of the generation": [
    edit("src/keeper/keys/footprints.ts", "rows === undefined ? [] : [rows]", "[]"),
  ],
  "R3. a row's entry does not stand on all of the table": [
    edit("src/rows/rows.ts", "names: [wholeName(table), rowName(", "names: [rowName("),
  ],
  "R3. a flush raises the table only": [
    edit(INGEST, 'change.kind === "flush" ? whole :', 'change.kind === "flush" ? [tableName(table)] :'),
  ],
  "R4. the reader compares exactly": [
    edit(
      "src/rows/rows.ts",
      "rowName(table, column, where[column] as RowValue, scope)]",
      "rowName(table, column, 0, scope).slice(0, -1) + where[column]]",
    ),
  ],
  "R5. the position is that of the load's end": [
    edit(
      "src/cache/read/encode.ts",
      "invalidations.note(names, snapshot, startedAt)",
      "invalidations.note(names, invalidations.snapshot(names), startedAt)",
    ),
  ],
  "R6. another schema is not noticed": [
    edit(
      PULL,
      "const isOther = page.schemaVersion !== schema.version || isAnother ||",
      "const isOther = isAnother ||",
    ),
  ],
  "R6. two changes of the schema that undo each other are one that nobody made": [
    edit("src/keeper/keeper.ts", "mayDiffer || footprints.rows)", "mayDiffer)"),
  ],
  "R7. a restored database is not noticed": [edit(PULL, "history !== since?.history", "since === null")],
  "R7. a cursor older than what was pruned is not noticed": [
    edit(PULL, "let isFlush = page.flush || isAnother", "let isFlush = isAnother"),
  ],
  "R9. the cursor is stored without the rows": [edit(INGEST, "marks.writeRows();", "")],
  "R9. a mark is given out before it is stored": [
    edit(
      MARKS,
      'this.#meta.set("mark", mark);\n    this.#mark = mark;\n    this.#rows',
      "this.#mark = mark;\n    this.#rows",
    ),
  ],
  "a change of what is followed counts as one of other columns": [
    edit(NAMES, 'isSame ? ["any"] : ["any", "followed"]', '["any"]'),
  ],
  "only the row after a change is told": [edit(NAMES, '[operation !== "INSERT" && old, ', "[")],
  "a superseded keeper proves by its pulls": [
    edit(OWNED, "return Math.min(this.#pulled.asOf(), this.#owned.asOf());", "return this.#pulled.asOf();"),
    edit(OWNED, "await this.#owned.reach(need);", ""),
  ],
};

/** A thread, as the modules of a mutation are made by hooks of Node's own loader. */
const worker = new Worker(new URL("./rows-worker.ts", import.meta.url));
afterAll(() => worker.terminate());

async function firstViolation(job: RowsJob): Promise<RowsDone> {
  worker.postMessage(job);
  const [done] = (await once(worker, "message")) as [RowsDone];
  return done;
}

describe("a mutation is caught:", () => {
  it.each(Object.entries(MUTATIONS))("%s", async (_name, edits) => {
    expect(await firstViolation({ edits, histories: HISTORIES })).toMatch(/^I1\. /);
  });
});
