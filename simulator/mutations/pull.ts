import { edit, type Mutation } from "../mutation.ts";

const FEED = "src/keeper/changes/pull-feed.ts";
/** The model of `tidemark_changes()`. */
const CHANGES = "simulator/database/changes.ts";

/** Mutations of the pull, and of the model of the SQL that it calls. */
export const PULL_MUTATIONS: readonly Mutation[] = [
  {
    name: "as-of = end of the pull",
    seed: 131,
    edits: [edit(FEED, "Math.max(this.#asOf, startedAt)", "this.#clock.now()")],
  },
  {
    name: "pull by sequence",
    seed: 22,
    edits: [
      edit(CHANGES, "txid >= since.xmax || since.running.includes(txid)", "id > since.xmin && txid > 0"),
      edit(CHANGES, ".filter(({ txid }) => id", ".filter(({ id, txid }) => id"),
      edit(
        CHANGES,
        "snapshot: printSnapshot(target)",
        "snapshot: [Math.max(since?.xmin ?? 0, ...state.outbox.filter((row) => postgres.isCommitted(row.xmin)).map((row) => row.id)), target.xmax, ''].join(':')",
      ),
    ],
  },
  {
    name: "pull by xmin",
    edits: [
      edit(
        CHANGES,
        "txid >= since.xmax || since.running.includes(txid)",
        "txid >= since.xmin && txid < target.xmin",
      ),
    ],
  },
  {
    name: "pull with a limit and a naive cursor",
    edits: [edit(FEED, "while (page.more && !isFlush)", "while (page.more && isFlush)")],
  },
  {
    name: "snapshot taken after the rows",
    seed: 14,
    edits: [
      edit(
        FEED,
        "this.#finish(page, isFlush, isQuiet, { snapshot, history, at: page.now }, startedAt);",
        "const late = isFlush ? page : await this.#page(since, null, String(2 ** 50));\n    this.#finish(page, isFlush, isQuiet, { snapshot: late.snapshot, history, at: page.now }, startedAt);",
      ),
    ],
  },
  {
    name: "prune ignored",
    edits: [edit(CHANGES, 'return "pruned";', "return null;")],
  },
  {
    // The highest row number says nothing about rows that are committed late.
    name: "prune by row number",
    edits: [
      edit(
        CHANGES,
        "pruned.xmax > since.xmax || since.running.some((xid) => isVisible(xid, pruned))",
        "pruned.xmax > since.xmax",
      ),
    ],
  },
  {
    // No answer exists before the first pull, so the mistake only shows when its cursor is not stored either.
    name: "first pull without flush",
    edits: [
      edit(CHANGES, 'if (since === null) return "first";', "if (since === null) return null;"),
      edit(
        FEED,
        "let isFlush = page.flush || isAnother;",
        "let isFlush = page.flush || (since !== null && isAnother);",
      ),
      edit(FEED, "moves && (!isQuiet || startedAt - this.#storedAt > BELIEVED_FOR_MS)", "moves && !isQuiet"),
    ],
  },
  {
    name: "cursor stored before ingest",
    edits: [
      edit(
        FEED,
        "this.#finish(page, isFlush, isQuiet, { snapshot, history, at: page.now }, startedAt);",
        'this.#ports.meta.set("cursor", JSON.stringify({ snapshot, history, at: page.now })); await this.#clock.sleep(200); this.#finish(page, isFlush, isQuiet, { snapshot, history, at: page.now }, startedAt);',
      ),
    ],
  },
  {
    name: "another history of the database ignored",
    seed: 11,
    edits: [edit(FEED, "let isFlush = page.flush || isAnother;", "let isFlush = page.flush;")],
  },
  {
    name: "schema change ignored",
    seed: 11,
    edits: [
      edit(
        FEED,
        "const isOther = page.schemaVersion !== schema.version || isAnother || this.#isDoubtful;",
        "const isOther = page.schemaVersion < 0;",
      ),
    ],
  },
  {
    // Each page is ingested change by change where the fence is small.
    name: "only the last part of a page is ingested",
    edits: [edit(FEED, "of parts.slice(0, -1)) {", "of parts.slice(0, 0)) {")],
  },
  {
    name: "a page's first parts prove it",
    edits: [
      edit(
        FEED,
        "      await this.#clock.sleep(0);\n    }",
        "      this.#asOf = Math.max(this.#asOf, this.#clock.now()); await this.#clock.sleep(200);\n    }",
      ),
    ],
  },
  {
    name: "the cursor is stored with a page's first part",
    edits: [
      edit(
        FEED,
        "      await this.#clock.sleep(0);\n    }",
        '      this.#ports.meta.set("cursor", JSON.stringify({ snapshot: page.snapshot, history: page.history, at: page.now })); await this.#clock.sleep(200);\n    }',
      ),
    ],
  },
];
