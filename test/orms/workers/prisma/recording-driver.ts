import type {
  CachedDatabase,
  InvalidatedCache,
  StatementEvent,
  ViewOptions,
} from "../../../../src/drivers/prisma/prisma.ts";

/** What a statement asked of its driver. */
export interface Asked extends Omit<ViewOptions, "onEvent"> {
  readonly sql: string;
  readonly fresh: boolean;
}

/** A driver over real D1 that caches nothing: it writes down what its statements ask, and tells them what it is told to. */
export interface RecordingDriver {
  readonly db: D1Database & CachedDatabase;
  readonly cache: InvalidatedCache;
  readonly asked: Asked[];
  readonly forgotten: (readonly string[])[];
  /** What becomes of the next statement, and so on; the last one stays. */
  answers(...events: readonly StatementEvent[]): void;
}

export function recordingDriver(database: D1Database): RecordingDriver {
  const asked: Asked[] = [];
  const forgotten: (readonly string[])[] = [];
  let events: StatementEvent[] = [{ type: "miss", ageMs: 0 }];

  class View {
    readonly #options: ViewOptions;
    readonly #isFresh: boolean;

    constructor(options: ViewOptions, isFresh: boolean) {
      this.#options = options;
      this.#isFresh = isFresh;
    }
    get fresh(): View {
      return new View(this.#options, true);
    }
    with(options: ViewOptions): View {
      return new View({ ...this.#options, ...options }, this.#isFresh);
    }
    prepare(sql: string): D1PreparedStatement {
      return this.#recording(sql, database.prepare(sql));
    }
    batch(statements: D1PreparedStatement[]) {
      return database.batch(statements);
    }
    #recording(sql: string, statement: D1PreparedStatement): D1PreparedStatement {
      return new Proxy(statement, {
        get: (target, name: keyof D1PreparedStatement) => {
          if (name === "bind") return (...values: unknown[]) => this.#recording(sql, target.bind(...values));
          return (...values: unknown[]) => {
            this.#record(sql);
            return (target[name] as (...all: unknown[]) => unknown).apply(target, values);
          };
        },
      });
    }
    #record(sql: string): void {
      const { onEvent, ...options } = this.#options;
      asked.push({ sql, fresh: this.#isFresh, ...options });
      const [next] = events;
      if (events.length > 1) events.shift();
      if (this.#isFresh) onEvent?.({ type: "pass-through", reason: "fresh" });
      else if (next !== undefined) onEvent?.(next);
    }
  }
  return {
    db: new View({}, false) as unknown as D1Database & CachedDatabase,
    cache: {
      async invalidateTags(tags) {
        forgotten.push(tags);
      },
    },
    asked,
    forgotten,
    answers(...given) {
      events = [...given];
    },
  };
}
