import { type Directed, deltaThenPull, outOfOrder, overtakenStillGood, tokenOfAFill } from "./directed.ts";

/** A rule of PROTOCOL.md, broken on purpose: text replaced in the sources, each found exactly once. */
export interface Mutation {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Histories in which it must be seen; by default a few hundred. */
  readonly histories?: number;
  /** Where to begin, when it is seldom seen: nearer to the first that shows it. */
  readonly firstSeed?: number;
  /** A history made for it, where chance would find it seldom. */
  readonly directed?: Directed;
  /** Without the small fence, where that hides it. */
  readonly large?: true;
}

interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** No mutation: a fence of four buckets, and relations raised by name as soon as two keys are touched. */
export const SMALL: readonly Edit[] = [
  { file: "keeper/constants.ts", from: "FENCE_BUCKETS = 8_192", to: "FENCE_BUCKETS = 4" },
  { file: "keeper/constants.ts", from: "KEYS_RAISED_ONE_BY_ONE = 64", to: "KEYS_RAISED_ONE_BY_ONE = 1" },
];

const LARGE = { large: true } as const;
const [reader, fence, fences] = ["gateway/reader.ts", "keeper/fence.ts", "keeper/fence-keeper.ts"];
const [keeper, flights, registry] = ["keeper/keeper.ts", "keeper/flights.ts", "keeper/registry.ts"];
const [history, owed] = ["keeper/history.ts", "keeper/owed-puts.ts"];

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "mark after the fetch",
    edits: [{ file: flights, from: "mark: flight.mark }", to: "mark: this.#ports.history.mark }" }],
  },
  {
    name: "registered after the fetch",
    ...LARGE,
    edits: [
      { file: registry, from: "this.#index.add(id, footprint);", to: "" },
      {
        file: registry,
        from: "record.lastReadAt = now;\n    return record;",
        to: "(record as { late?: () => void }).late = () => this.#index.add(id, footprint);\n    return record;",
      },
      {
        file: keeper,
        from: "const { record } = flight;",
        to: "const { record } = flight; (record as { late?: () => void }).late?.();",
      },
    ],
  },
  {
    name: "as-of = arrival",
    edits: [{ file: fences, from: "since, answer, startedAt)", to: "since, answer, clock.now())" }],
  },
  {
    name: "assign instead of maximum",
    edits: [
      {
        file: fence,
        from: "this.#marks[bucket] = Math.max(this.#marks[bucket] as number, marks[index] as number);",
        to: "this.#marks[bucket] = marks[index] as number;",
      },
      { file: fence, from: "Math.max(this.#mark, answer.position.mark)", to: "answer.position.mark" },
      { file: fence, from: "Math.max(this.#floor, answer.floor)", to: "answer.floor" },
    ],
    directed: outOfOrder,
  },
  {
    name: "generation ignored",
    edits: [
      { file: fence, from: "fence?.generation === generation", to: "fence" },
      { file: fence, from: "if (!answer.full && !fits) return fence;", to: "" },
      { file: fence, from: "entry.generation !== this.generation || ", to: "" },
      { file: keeper, from: "if (at.generation !== this.#generation)", to: "if (false)" },
    ],
  },
  { name: "late join", edits: [{ file: keeper, from: "if (!flight.invalidated) {", to: "if (true) {" }] },
  {
    name: "an invalidated flight joined as if it were new",
    edits: [{ file: keeper, from: "Math.max(0, arrival - flight.begin), false)", to: "0, true)" }],
  },
  {
    name: "completion time instead of begin",
    edits: [
      { file: flights, from: "entry, begin: flight.begin }", to: "entry, begin: this.#ports.clock.now() }" },
    ],
  },
  {
    name: "proof at fill's arrival",
    edits: [
      {
        file: reader,
        from: "Number.NEGATIVE_INFINITY : startedAt - answer.age",
        to: "Number.NEGATIVE_INFINITY : clock.now() - answer.age",
      },
    ],
  },
  {
    name: "a name ignored by haveMark",
    edits: [
      {
        file: registry,
        from: "for (const name of record.relationNames) last",
        to: "for (const name of [] as string[]) last",
      },
    ],
    histories: 3_000,
    firstSeed: 860,
  },
  {
    name: "re-stamp of another object",
    edits: [
      {
        file: reader,
        from: "have.mark = Math.max(have.mark, answer.position.mark);",
        to: "const other = this.#ports.memory.get(read.key) ?? have; other.mark = Math.max(other.mark, answer.position.mark);",
      },
    ],
    histories: 3_000,
    firstSeed: 100,
  },
  {
    name: "re-stamp with the fence's mark",
    edits: [
      {
        file: reader,
        from: "have.mark = Math.max(have.mark, answer.position.mark);",
        to: "have.mark = this.#fences.fence?.mark ?? 0;",
      },
    ],
    directed: overtakenStillGood,
  },
  {
    name: "delta before the pull",
    edits: [
      {
        file: keeper,
        from: "const arrival = clock.now();\n    this.#take(request.report);",
        to: "const arrival = clock.now(), early = this.#history.delta(request.since?.mark ?? -1);\n    this.#take(request.report);",
      },
      { file: keeper, from: "...this.#history.delta(known ?? -1),", to: "...early," },
    ],
    directed: deltaThenPull,
  },
  {
    name: "current mark put to KV",
    edits: [{ file: owed, from: "stored.mark < registry.lastInvalidation(record)", to: "false" }],
  },
  {
    name: "no deadline on fill",
    edits: [
      { file: reader, from: "Math.min(timeouts.fillMs, left),\n      ask()", to: "Infinity,\n      ask()" },
      { file: reader, from: "within(clock, left, work,", to: "within(clock, Infinity, work," },
    ],
  },
  {
    name: "follower without deadline",
    edits: [
      {
        file: fences,
        from: "wait(SYNC, Math.min(left, this.#flights.remaining(SYNC)))",
        to: "wait(SYNC, 1e12)",
      },
      { file: reader, from: "wait(key, timeouts.fillMs)", to: "wait(key, 1e12)" },
    ],
  },
  {
    name: "eviction without a mark",
    edits: [
      {
        file: registry,
        from: "this.#history.raise({ keyNames: evicted.map((record) => keyName(record.key)) }, () => {",
        to: "[keyName].forEach(() => {",
      },
    ],
  },
  {
    name: "ingest in two turns",
    edits: [
      {
        file: history,
        from: "const mark = this.#mark + 1;",
        to: "const mark = (raised as { at?: number }).at ?? this.#mark + 1;",
      },
      {
        file: history,
        from: 'this.#meta.set("mark", mark);',
        to: 'this.#meta.set("mark", Math.max(this.#mark, mark));',
      },
      {
        file: history,
        from: "this.#mark = mark;\n    if",
        to: "this.#mark = Math.max(this.#mark, mark);\n    if",
      },
      {
        file: keeper,
        from: "const affected = this.#ingest(changes, () => {});",
        to: "const at = this.#history.raise({}); await this.#ports.clock.sleep(100); const affected = this.#ingest(changes, () => {}, at);",
      },
      {
        file: keeper,
        from: "#ingest(changes: readonly Change[], alongside: () => void): number {",
        to: "#ingest(changes: readonly Change[], alongside: () => void, at?: number): number {",
      },
      {
        file: keeper,
        from: "this.#invalidate([...affected], flushed, alongside);",
        to: "this.#invalidate([...affected], flushed, alongside, at);",
      },
      {
        file: keeper,
        from: "flushed: readonly string[], alongside: () => void): void {",
        to: "flushed: readonly string[], alongside: () => void, at?: number): void {",
      },
      {
        file: keeper,
        from: "raise({ keyNames, names: [...names] }, alongside)",
        to: "raise({ keyNames, names: [...names], at } as never, alongside)",
      },
    ],
  },
  {
    name: "a recent body counts whatever its mark",
    edits: [{ file: keeper, from: "if (entry.mark >= last) {", to: "if (true) {" }],
  },
  {
    name: "still good whatever the mark",
    edits: [{ file: keeper, from: "&& have.mark >= last)", to: ")" }],
  },
  {
    name: "proof by begin given as proven by the fence, too",
    edits: [{ file: keeper, from: "age, accepted: false };", to: "age, accepted: true };" }],
  },
  {
    name: "generation of a token ignored",
    edits: [
      {
        file: reader,
        from: "if (held.generation !== token.generation) return held.provenAt >= start;",
        to: "",
      },
      {
        file: fences,
        from: "if (token.generation !== fence.generation) return fence.asOf >= start;",
        to: "",
      },
      { file: keeper, from: "if (token && token.generation !== this.#generation)", to: "if (false)" },
      {
        file: reader,
        from: "begun.token !== null && begun.token.generation !== fence.generation",
        to: "false",
      },
    ],
    histories: 3_000,
    firstSeed: 690,
  },
  {
    name: "a token whatever the fence has reached",
    edits: [{ file: reader, from: "fence && fence.asOf >= start ?", to: "fence ?" }],
    directed: tokenOfAFill,
  },
  {
    name: "token ignored by the reader",
    edits: [
      { file: reader, from: "if (token === null) return true;", to: "if (token !== undefined) return true;" },
    ],
    histories: 3_000,
  },
];
