import { edit, type Mutation } from "../mutation.ts";

const KEEPER = "src/keeper/keeper.ts";
const FILLS = "src/keeper/fills/fills.ts";
const INGEST = "src/keeper/changes/ingest.ts";
const LANDINGS = "src/keeper/fills/landings.ts";
const FLIGHTS = "src/keeper/fills/origin-flights.ts";
const REGISTRY = "src/keeper/keys/key-shelf.ts";
const MARKS = "src/keeper/storage/marks.ts";
const OWED = "src/keeper/kv/kv-outbox.ts";
const REFUSAL = "src/keeper/fills/refusal.ts";
const RELOAD = "src/keeper/schema/api-reload.ts";

/** Mutations of how the keeper registers, fills, marks and ingests. */
export const KEEPER_MUTATIONS: readonly Mutation[] = [
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
    seed: 5,
    edits: [
      edit(REGISTRY, "this.#index.add(id, footprint);\n    const { key", "const { key"),
      edit(
        REGISTRY,
        "record.lastReadAt = now;\n    return record;",
        "(record as { late?: () => void }).late = () => this.#index.add(id, footprint);\n    return record;",
      ),
      edit(
        LANDINGS,
        "const { record } = flight;",
        "const { record } = flight; (record as { late?: () => void }).late?.();",
      ),
    ],
  },
  {
    name: "an answer given out before its key is stored",
    seed: 37,
    edits: [edit(FLIGHTS, 'end.kind === "entry" ? this.#failureToWrite() : null', "null")],
  },
  {
    name: "a stale window",
    edits: [edit(REGISTRY, "this.#index.dropWindow(record.id);", "")],
  },
  {
    name: "ingest in two turns",
    seed: 43,
    edits: [
      edit(
        MARKS,
        "const mark = this.#mark + 1;\n    const names",
        "const mark = (raised as { at?: number }).at ?? this.#mark + 1;\n    const names",
      ),
      edit(
        MARKS,
        'this.#meta.set("mark", mark);\n      if',
        'this.#meta.set("mark", Math.max(this.#mark, mark));\n      if',
      ),
      edit(MARKS, "this.#mark = mark;\n    if", "this.#mark = Math.max(this.#mark, mark);\n    if"),
      edit(
        KEEPER,
        'const affected = this.#ingest.changes(changes, () => this.#meta.set("heard", changes.length));',
        "const at = this.#marks.raise({}); await this.#ports.clock.sleep(100); const affected = this.#ingest.changes(changes, () => {}, { at } as never);",
      ),
      edit(
        INGEST,
        "      pulled,\n    }: { readonly lags",
        "      pulled,\n      at,\n    }: { readonly at?: number; readonly lags",
      ),
      edit(
        INGEST,
        "this.invalidate([...affected], raised, store);",
        "this.invalidate([...affected], raised, store, at);",
      ),
      edit(
        INGEST,
        "inSameTransaction: (() => void) | undefined,\n  ): number {",
        "inSameTransaction: (() => void) | undefined,\n    at?: number,\n  ): number {",
      ),
      edit(
        INGEST,
        "raise({ keyNames, names: [...names] }, inSameTransaction)",
        "raise({ keyNames, names: [...names], at } as never, inSameTransaction)",
      ),
    ],
  },
  {
    name: "delta before the pull",
    edits: [
      edit(
        KEEPER,
        "const arrival = this.#ports.clock.now();\n    this.#takeUsage(request.report);",
        "const arrival = this.#ports.clock.now(), early = this.#marks.delta(request.since?.mark ?? -1);\n    this.#takeUsage(request.report);",
      ),
      edit(KEEPER, "...this.#marks.delta(known ?? -1),", "...early,"),
    ],
  },
  {
    name: "an answer on its way when its key has none that counts",
    edits: [edit(FILLS, "if (this.#flights.has(record.key)) return true;", "")],
  },
  {
    name: "only what is on its way counts",
    edits: [
      edit(LANDINGS, "return answered !== null && answered.mark >= ", "return answered === null && 0 >= "),
    ],
  },
  {
    name: "late join of a flight",
    seed: 95,
    edits: [edit(FILLS, "if (!flight.invalidated) {", "if (true) {")],
  },
  {
    name: "an invalidated flight joined as if it were new",
    seed: 153,
    edits: [edit(FILLS, "Math.max(0, arrival - flight.begin), false)", "0, true)")],
  },
  {
    name: "no successor",
    seed: 13,
    edits: [
      edit(
        FILLS,
        "this.#flights.successorOf(flight, record, read, request)",
        "this.#flights.start(record, read, request)",
      ),
    ],
  },
  {
    name: "completion time instead of begin",
    edits: [edit(FLIGHTS, "entry, begin: flight.begin }", "entry, begin: this.#ports.clock.now() }")],
  },
  {
    name: "a name ignored by haveMark",
    seed: 88,
    edits: [edit(MARKS, "for (const name of relationNames) last", "for (const name of [] as string[]) last")],
  },
  {
    name: "current mark put to KV",
    edits: [edit(OWED, "stored.mark < registry.lastInvalidation(record)", "false")],
  },
  {
    name: "owed work dropped",
    seed: 40,
    edits: [edit(OWED, "if (sent.tries + 1 >= KV_TRIES) {", "if (sent.tries >= 0) {")],
  },
  {
    name: "owed work settled before it is done",
    seed: 40,
    edits: [edit(OWED, "record.lastPutAt = now;", "record.lastPutAt = now; this.#settle(sent);")],
  },
  {
    name: "eviction without invalidation",
    seed: 9,
    edits: [
      edit(
        REGISTRY,
        "this.#marks.raise({ keyNames: evicted.map((record) => keyName(record.key)) }, () => {",
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
    seed: 10,
    edits: [edit(FILLS, "age, accepted: false });", "age, accepted: true });")],
  },
  {
    name: "a keeper behind its caller answers",
    edits: [edit(REFUSAL, "if (mark < Math.max(at.mark, token?.mark ?? 0))", "if (mark < 0)")],
  },
  {
    name: "the API's old schema counts by changes",
    edits: [edit(RELOAD, "return this.#isPending;", "return false;")],
  },
  {
    name: "I2. no answer counts while the API may be late, not even one from before",
    edits: [edit(LANDINGS, "this.#registry.lastRaise(record)", "this.#registry.lastInvalidation(record)")],
  },
  {
    name: "what was filled by the API's old schema counts afterwards",
    edits: [edit(RELOAD, "ended(() => meta.set(LEFT, 0));", "meta.set(LEFT, 0);")],
  },
  {
    name: "a crash forgets that the API may be behind",
    edits: [edit(RELOAD, "this.#isPending = left > 0;", "this.#isPending = false;")],
  },
  {
    name: "keys of another schema go on",
    edits: [
      edit(KEEPER, "this.#registry.clear();", ""),
      edit(KEEPER, "this.#generation.enter(footprints.version, footprints.rows);", ""),
    ],
  },
];
