import type {
  CachedDriver,
  StatementOptions,
  StatementOutcome,
} from "../../../../src/drivers/prisma/prisma.ts";

/** What a statement asked of its driver. */
export interface Asked {
  readonly sql: string;
  readonly options: Omit<StatementOptions, "told"> | undefined;
}

/** A driver over real D1 that caches nothing: it writes down what its statements ask, and tells them what it is told to. */
export interface RecordingDriver {
  readonly db: D1Database & CachedDriver;
  readonly asked: Asked[];
  readonly forgotten: unknown[];
  /** The next statement's outcome, and so on; the last one stays. */
  answers(...outcomes: readonly StatementOutcome[]): void;
}

export function recordingDriver(database: D1Database): RecordingDriver {
  const asked: Asked[] = [];
  const forgotten: unknown[] = [];
  let outcomes: StatementOutcome[] = [{ status: "miss", at: 1_000 }];
  let ask: () => StatementOptions | undefined = () => undefined;

  const record = (sql: string) => {
    const { told, ...options } = ask() ?? {};
    asked.push({ sql, options: told === undefined ? undefined : options });
    const [next] = outcomes;
    if (outcomes.length > 1) outcomes.shift();
    if (next !== undefined)
      told?.(options.pass ? { status: "passed", at: 3_000, reason: options.pass } : next);
  };
  const recording = (sql: string, statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name: keyof D1PreparedStatement) {
        if (name === "bind") return (...values: unknown[]) => recording(sql, target.bind(...values));
        return (...values: unknown[]) => {
          record(sql);
          return (target[name] as (...all: unknown[]) => unknown).apply(target, values);
        };
      },
    });
  const db = {
    prepare: (sql: string) => recording(sql, database.prepare(sql)),
    exec: (sql: string) => database.exec(sql),
    batch: (statements: D1PreparedStatement[]) => database.batch(statements),
    askEach(given: typeof ask) {
      ask = given;
    },
    async invalidateTags(tags: readonly string[]) {
      forgotten.push(tags);
    },
    async forget() {
      forgotten.push("everything");
    },
  } as unknown as D1Database & CachedDriver;
  return {
    db,
    asked,
    forgotten,
    answers(...given) {
      outcomes = [...given];
    },
  };
}
