import type { PullRequest } from "../../../src/keeper/ports/ports.ts";
import type { Change } from "../../../src/postgrest/row/change.ts";
import { Items, readOf, SCHEMA } from "../growth/items.ts";
import type { Backend } from "../workload/deployment/backend.ts";

type RowChange = Extract<Change, { kind: "row" }>;

/** What the database has answered for a key, and since when; the last one is current. */
type History = { readonly text: string; readonly from: number }[];

/** A table of items in memory with an outbox, as capture keeps one; and the judge, which knows every answer's end. */
export class ItemsDatabase implements Backend {
  readonly #now: () => number;
  readonly #items = new Items();
  readonly #outbox: string[] = [];
  readonly #histories: readonly History[];
  readonly #answers = new Map<string, ReturnType<Items["answer"]>>();
  readonly #numbers = new Map<string, number>();

  /** @param keys how many queries there are: those of half as many items, and their lists */
  constructor(keys: number, now: () => number) {
    this.#now = now;
    this.#histories = Array.from({ length: keys }, (_, number): History => {
      this.#numbers.set(readOf(number).path, number);
      return [{ text: this.#answerOf(number).etag, from: Number.NEGATIVE_INFINITY }];
    });
  }

  /** Changes a row: its page, and the two lists that it is in. */
  write(id: number): void {
    const { record = {}, old = {} } = this.#items.change(id) as RowChange;
    this.#outbox.push(
      `{"type":"UPDATE","schema":"public","table":"items","record":${sourceOf(record)},"old_record":${sourceOf(old)}}`,
    );
    for (const number of [2 * id - 1, 2 * id, 2 * id + 1]) {
      const history = this.#histories[number];
      if (history === undefined) continue;
      this.#answers.delete(readOf(number).path);
      const text = this.#answerOf(number).etag;
      if (history.at(-1)?.text !== text) history.push({ text, from: this.#now() });
    }
  }

  /**
   * How long an answer had been wrong when its read began; 0 if it was right then or later. Infinite: the database never
   * gave it.
   */
  staleness(number: number, begun: number, etag: string): number {
    const history = this.#histories[number] ?? [];
    const current = history.findLastIndex(({ from }) => from <= begun);
    const given = history.findLastIndex(({ text }) => text === etag);
    if (given < 0) return Number.POSITIVE_INFINITY;
    return given >= current ? 0 : begun - (history[given + 1]?.from ?? begun);
  }

  async read(path: string) {
    return this.#answerOf(this.#numbers.get(path) ?? 0);
  }

  async changes({ since }: PullRequest): Promise<string> {
    const known = since === null ? this.#outbox.length : Number(since.split(":")[0]) - 1;
    const changes = this.#outbox.slice(known).join();
    const snapshot = `${this.#outbox.length + 1}:${this.#outbox.length + 1}:`;
    return `{"incarnation":"bench","started":"1","schemaVersion":1,"snapshot":"${snapshot}","prunedThrough":null,"flush":${since === null},"flushReason":null,"changes":[${changes}],"last":null,"more":false,"now":0}`;
  }

  async schema() {
    return {
      ...{
        version: 1,
        schema: DESCRIPTION,
        watched: ["public.items"],
        noticesDdl: true,
        anonObeysPolicies: true,
      },
      ...{ bounds: true, roles: {}, settings: "" },
    };
  }

  async whoami() {
    return "failed" as const;
  }

  async prune() {}

  #answerOf(number: number): ReturnType<Items["answer"]> {
    const read = readOf(number);
    const known = this.#answers.get(read.path) ?? this.#items.answer(read);
    this.#answers.set(read.path, known);
    return known;
  }
}

function sourceOf(row: Readonly<Record<string, string>>): string {
  return `{${Object.entries(row).map(([name, value]) => `"${name}":${value}`)}}`;
}

/** As `tidemark_schema()` tells it. */
const DESCRIPTION = JSON.stringify(
  Object.fromEntries(
    [...SCHEMA].map(([name, relation]) => [
      name,
      { ...relation, columns: Object.fromEntries(relation.columns), computed: {}, origins: {} },
    ]),
  ),
);
