import type { ApiSchema, ModelQuery } from "./queries.ts";
import type { Definition, Rows } from "./rows.ts";

/** A change of a query's answer. */
export interface Transition {
  readonly at: number;
  /** The cause: a commit, a restore, or the API reading the schema again. */
  readonly cause: Cause;
}

export interface Cause {
  /** When a cache must reflect it: with capture from the commit, with webhooks once the last one was accepted. */
  toldAt: number;
}

interface Answered {
  readonly transitions: Transition[];
  /** For each text, the number of the last transition that led to it. */
  readonly last: Map<string, number>;
  current: string;
}

interface Moment {
  readonly rows: Rows;
  readonly definition: Definition;
  readonly api: ApiSchema;
  readonly at: number;
  readonly cause: Cause;
}

/** What the API would have answered to each query at any time. */
export class Truth {
  readonly #queries: readonly Pick<ModelQuery, "answer">[];
  readonly #answered: readonly Answered[];

  constructor(
    queries: readonly Pick<ModelQuery, "answer">[],
    rows: Rows,
    definition: Definition,
    api: ApiSchema,
  ) {
    this.#queries = queries;
    this.#answered = queries.map(({ answer }) => {
      const current = JSON.stringify(answer(rows, definition, api));
      const start = { at: Number.NEGATIVE_INFINITY, cause: { toldAt: Number.NEGATIVE_INFINITY } };
      return { transitions: [start], last: new Map([[current, 0]]), current };
    });
  }

  /** The database, or the API's view of its schema, changes now. */
  note({ rows, definition, api, at, cause }: Moment): void {
    for (const [index, { answer }] of this.#queries.entries()) {
      const answered = this.#answered[index] as Answered;
      const text = JSON.stringify(answer(rows, definition, api));
      if (text === answered.current) continue;
      answered.current = text;
      answered.last.set(text, answered.transitions.length);
      answered.transitions.push({ at, cause });
    }
  }

  current(query: number): string {
    return this.#of(query).current;
  }

  /** The transitions that an answer does not show, in order of time; null if the database never gave that answer. */
  lacks(query: number, text: string): readonly Transition[] | null {
    const { transitions, last } = this.#of(query);
    const index = last.get(text);
    return index === undefined ? null : transitions.slice(index + 1);
  }

  #of(query: number): Answered {
    return this.#answered[query] as Answered;
  }
}
