import { DIRECTED } from "./directed.ts";
import type { Mutation } from "./mutation.ts";
import type { Edit } from "./platform/modules.ts";

const READER = "src/gateway/reader.ts";
const READS = "src/gateway/keeper-reads.ts";
const HOLDINGS = "src/gateway/holdings.ts";
const FENCE = "src/keeper/fence.ts";
const FENCES = "src/keeper/fence-keeper.ts";
const KEEPER = "src/keeper/keeper.ts";
const FILLS = "src/keeper/fills.ts";
const INGEST = "src/keeper/ingest.ts";
const FLIGHTS = "src/keeper/flights.ts";
const REGISTRY = "src/keeper/registry.ts";
const HISTORY = "src/keeper/history.ts";
const OWED = "src/keeper/owed-puts.ts";
const REFUSAL = "src/keeper/refusal.ts";
const RELOAD = "src/keeper/api-reload.ts";
const FEED = "src/keeper/pull-feed.ts";
/** The model of the SQL, which is what `tidemark_changes()` is. */
const CHANGES = "simulator/database/changes.ts";

const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });

/**
 * The rules of PROTOCOL.md, broken one by one. Not here: *assign instead of maximum*. An answer that another one could
 * overtake is past its deadline, so that only a unit test can show it (`src/keeper/fence.test.ts`).
 */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: "fence off",
    edits: [edit(FENCE, "const { mark } = entry;", "const { mark } = entry; if (mark > -1) return true;")],
  },
  {
    name: "mark after the fetch",
    edits: [
      edit(
        FLIGHTS,
        "const { position, isTold, record } = flight;",
        "const { isTold, record } = flight; const position = this.#ports.position();",
      ),
    ],
  },
  {
    name: "registered after the fetch",
    edits: [
      edit(REGISTRY, "this.#index.add(id, footprint);\n    try", "try"),
      edit(
        REGISTRY,
        "record.lastReadAt = now;\n    return record;",
        "(record as { late?: () => void }).late = () => this.#index.add(id, footprint);\n    return record;",
      ),
      edit(
        FILLS,
        "const { record } = flight;",
        "const { record } = flight; (record as { late?: () => void }).late?.();",
      ),
    ],
  },
  {
    name: "a stale window",
    edits: [edit(REGISTRY, "this.#index.dropWindow(record.id);", "")],
  },
  {
    name: "as-of = arrival of the sync",
    edits: [edit(FENCES, "since, answer, startedAt)", "since, answer, clock.now())")],
  },
  {
    name: "as-of = end of the pull",
    edits: [edit(FEED, "Math.max(this.#asOf, startedAt)", "this.#clock.now()")],
  },
  {
    name: "pull by sequence",
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
    edits: [
      edit(
        FEED,
        "this.#finish(page, isFlush, isQuiet, { snapshot, history }, startedAt);",
        "const late = isFlush ? page : await this.#page(since, null, String(2 ** 50));\n    this.#finish(page, isFlush, isQuiet, { snapshot: late.snapshot, history }, startedAt);",
      ),
    ],
  },
  {
    name: "prune ignored",
    edits: [edit(CHANGES, 'return "pruned";', "return null;")],
  },
  {
    // Which row is the highest tells nothing of one that is committed late.
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
    // Nobody can have an answer before the first pull: it shows when its cursor is not stored, either.
    name: "first pull without flush",
    edits: [
      edit(CHANGES, 'if (since === null) return "first";', "if (since === null) return null;"),
      edit(
        FEED,
        "let isFlush = page.flush || isAnother;",
        "let isFlush = page.flush || (since !== null && isAnother);",
      ),
      edit(
        FEED,
        "moves && (!isQuiet || startedAt - this.#storedAt > CURSOR_STORED_EVERY_MS)",
        "moves && !isQuiet",
      ),
    ],
  },
  {
    name: "cursor stored before ingest",
    edits: [
      edit(
        FEED,
        "const { snapshot, history } = page;",
        'const { snapshot, history } = page; this.#ports.meta.set("cursor", JSON.stringify({ snapshot, history })); await this.#clock.sleep(20);',
      ),
    ],
  },
  {
    name: "another history of the database ignored",
    edits: [edit(FEED, "let isFlush = page.flush || isAnother;", "let isFlush = page.flush;")],
  },
  {
    name: "ingest in two turns",
    edits: [
      edit(
        HISTORY,
        "const mark = this.#mark + 1;",
        "const mark = (raised as { at?: number }).at ?? this.#mark + 1;",
      ),
      edit(HISTORY, 'this.#meta.set("mark", mark);', 'this.#meta.set("mark", Math.max(this.#mark, mark));'),
      edit(HISTORY, "this.#mark = mark;\n    if", "this.#mark = Math.max(this.#mark, mark);\n    if"),
      edit(
        KEEPER,
        'const affected = this.#ingest.changes(changes, () => this.#meta.set("heard", changes.length));',
        "const at = this.#history.raise({}); await this.#ports.clock.sleep(100); const affected = this.#ingest.changes(changes, () => {}, at);",
      ),
      edit(
        INGEST,
        "  changes(changes: readonly Change[], alongside: () => void): number {",
        "  changes(changes: readonly Change[], alongside: () => void, at?: number): number {",
      ),
      edit(
        INGEST,
        "this.invalidate([...affected], flushed, alongside);",
        "this.invalidate([...affected], flushed, alongside, at);",
      ),
      edit(
        INGEST,
        "flushed: readonly string[], alongside: () => void): void {",
        "flushed: readonly string[], alongside: () => void, at?: number): void {",
      ),
      edit(
        INGEST,
        "raise({ keyNames, names: [...names] }, alongside)",
        "raise({ keyNames, names: [...names], at } as never, alongside)",
      ),
    ],
  },
  {
    name: "delta before the pull",
    edits: [
      edit(
        KEEPER,
        "const arrival = clock.now();\n    this.#take(request.report);",
        "const arrival = clock.now(), early = this.#history.delta(request.since?.mark ?? -1);\n    this.#take(request.report);",
      ),
      edit(KEEPER, "...this.#history.delta(known ?? -1),", "...early,"),
    ],
  },
  {
    name: "generation not compared",
    edits: [
      edit(FENCE, "fence?.generation === generation", "fence"),
      edit(FENCE, "if (!answer.full && !fits) return fence;", ""),
      edit(FENCE, "entry.generation !== this.generation || ", ""),
      edit(REFUSAL, "if (at.generation !== generation)", "if (false)"),
    ],
  },
  {
    name: "an answer on its way when its key has none that counts",
    edits: [edit(FILLS, "if (this.#flights.has(record.key)) return true;", "")],
  },
  {
    name: "only what is on its way counts",
    edits: [
      edit(FILLS, "return answered !== null && answered.mark >= ", "return answered === null && 0 >= "),
    ],
  },
  { name: "late join of a flight", edits: [edit(FILLS, "if (!flight.invalidated) {", "if (true) {")] },
  {
    name: "an invalidated flight joined as if it were new",
    edits: [edit(FILLS, "Math.max(0, arrival - flight.begin), false)", "0, true)")],
  },
  {
    name: "no successor",
    edits: [
      edit(
        FILLS,
        "this.#flights.successorOf(flight, record, read, priority)",
        "this.#flights.start(record, read, priority)",
      ),
    ],
  },
  {
    name: "completion time instead of begin",
    edits: [edit(FLIGHTS, "entry, begin: flight.begin }", "entry, begin: this.#ports.clock.now() }")],
  },
  {
    name: "proof at fill's arrival",
    edits: [
      edit(
        READS,
        "Number.NEGATIVE_INFINITY : startedAt - answer.age",
        "Number.NEGATIVE_INFINITY : clock.now() - answer.age",
      ),
    ],
  },
  {
    name: "a name ignored by haveMark",
    edits: [
      edit(REGISTRY, "for (const name of record.relationNames) {", "for (const name of [] as string[]) {"),
    ],
  },
  {
    name: "re-stamp of another object",
    edits: [
      edit(
        READS,
        "have.mark = Math.max(have.mark, answer.position.mark);",
        "const other = holdings.get(read.key) ?? have; other.mark = Math.max(other.mark, answer.position.mark);",
      ),
    ],
  },
  {
    name: "re-stamp with the fence's mark",
    edits: [
      edit(
        READS,
        "have.mark = Math.max(have.mark, answer.position.mark);",
        "have.mark = this.#ports.fences.fence?.mark ?? 0;",
      ),
    ],
  },
  {
    name: "current mark put to KV",
    edits: [edit(OWED, "stored.mark < registry.lastInvalidation(record)", "false")],
  },
  {
    name: "owed work dropped",
    edits: [edit(OWED, "if (row.tries + 1 >= KV_TRIES) {", "if (row.tries >= 0) {")],
  },
  {
    name: "owed work settled before it is done",
    edits: [edit(OWED, "record.lastPutAt = now;", "record.lastPutAt = now; this.#settle(row);")],
  },
  {
    name: "no deadline on fill",
    edits: [
      edit(READS, "Math.min(timeouts.fillMs, this.#left(begun)),\n      ask()", "Infinity,\n      ask()"),
      edit(READER, "within(clock, left, work,", "within(clock, Infinity, work,"),
    ],
  },
  {
    name: "follower without deadline",
    edits: [
      edit(FENCES, "wait(SYNC, Math.min(left, this.#flights.remaining(SYNC)))", "wait(SYNC, 1e12)"),
      edit(READER, "join(key, timeouts.fillMs)", "join(key, 1e12)"),
    ],
  },
  {
    name: "eviction without invalidation",
    edits: [
      edit(
        REGISTRY,
        "this.#history.raise({ keyNames: evicted.map((record) => keyName(record.key)) }, () => {",
        "[keyName].forEach(() => {",
      ),
    ],
  },
  {
    name: "a recent body counts whatever its mark",
    edits: [edit(FILLS, "if (entry.mark >= last) {", "if (true) {")],
  },
  {
    name: "still good whatever the mark",
    edits: [edit(FILLS, "&& have.mark >= last)", ")")],
  },
  {
    name: "proof by begin given as proven by the fence, too",
    edits: [edit(FILLS, "age, accepted: false };", "age, accepted: true };")],
  },
  {
    name: "a keeper behind its caller answers",
    edits: [edit(REFUSAL, "if (mark < Math.max(at.mark, token?.mark ?? 0))", "if (mark < 0)")],
  },
  {
    name: "schema change ignored",
    edits: [
      edit(
        FEED,
        "if ((page.schemaVersion !== schema.version || isAnother) &&",
        "if (page.schemaVersion < 0 &&",
      ),
    ],
  },
  {
    name: "the API's old schema counts by changes",
    edits: [edit(RELOAD, "return this.#isPending;", "return false;")],
  },
  {
    name: "what was filled by the API's old schema counts afterwards",
    edits: [edit(RELOAD, "over(() => meta.set(LEFT, 0));", "meta.set(LEFT, 0);")],
  },
  {
    name: "a crash forgets that the API may be behind",
    edits: [edit(RELOAD, "this.#isPending = left > 0;", "this.#isPending = false;")],
  },
  {
    name: "keys of another schema go on",
    edits: [
      edit(KEEPER, "this.#registry.clear();", ""),
      edit(KEEPER, "this.#generation.enter(footprints.version);\n    this.#footprints", "this.#footprints"),
    ],
  },
  {
    name: "token = entry's mark",
    edits: [
      edit(
        HOLDINGS,
        "fence.asOf >= start ? fence.position : null",
        "fence.asOf >= start ? { generation: held.generation, mark: held.mark } : null",
      ),
    ],
  },
  {
    name: "token of a fence that is too old",
    edits: [
      edit(HOLDINGS, "fence && fence.asOf >= start ? fence.position : null", "fence ? fence.position : null"),
    ],
  },
  {
    name: "token without generation",
    edits: [
      edit(HOLDINGS, "if (held.generation !== token.generation) return held.provenAt >= start;", ""),
      edit(FENCES, "if (token.generation !== fence.generation) return fence.asOf >= start;", ""),
      edit(REFUSAL, "if (token && token.generation !== generation)", "if (false)"),
      edit(READS, "begun.token !== null && begun.token.generation !== fence.generation", "false"),
    ],
  },
  {
    name: "token ignored by the reader",
    edits: [edit(HOLDINGS, "if (token === null) return true;", "if (token !== undefined) return true;")],
  },
].map((mutation: Mutation) => {
  const directed = DIRECTED[mutation.name];
  return directed ? { ...mutation, directed } : mutation;
});
