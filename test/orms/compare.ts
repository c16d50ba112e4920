import { typed } from "./typed.ts";

/** Queries as an ORM's documentation has them, by name. What a query throws is an answer too. */
export interface Cases<Db> {
  /** Answered from the cache when asked again. */
  readonly reads: Readonly<Record<string, (db: Db) => PromiseLike<unknown>>>;
  /** Reads that must ask the database each time. */
  readonly passing: Readonly<Record<string, (db: Db) => PromiseLike<unknown>>>;
  /** `round` differs each time, for what must be unique. */
  readonly writes: Readonly<Record<string, (db: Db, round: number) => PromiseLike<unknown>>>;
}

/** Two databases with the same content. */
export interface Sides<Db> {
  /** The first, by its bare driver. */
  readonly plain: Db;
  /** The second, by the driver that caches. */
  readonly cached: Db;
  /** The second, by its bare driver: another writer. */
  readonly outside: Db;
  /** How many statements the driver that caches has sent. */
  sent(): number;
  /** Resolves once the cache knows every change so far. */
  catchUp(): Promise<unknown>;
}

interface Difference {
  readonly when: string;
  readonly plain: string;
  readonly cached: string;
}

/** What became of one query, or of a write and all reads after it. */
export interface Finding {
  readonly kind: "read" | "passing" | "write";
  readonly name: string;
  readonly differences: readonly Difference[];
  /** Of reads: statements sent for the first answer. */
  readonly cold: number;
  /** Of reads: statements sent for the second and third. Of writes: for all reads after it. */
  readonly warm: number;
  /** Answers that were compared, and how many of the first side's were errors. */
  readonly compared: number;
  readonly threw: number;
  /** The last of these. */
  readonly error: string;
}

type Mutable = { -readonly [K in keyof Finding]: Finding[K] } & { differences: Difference[] };

/**
 * Asks both sides everything: cold, warm twice, and again after each write, once made through the driver that caches, once by another
 * writer.
 */
export async function compare<Db>(cases: Cases<Db>, sides: Sides<Db>): Promise<Finding[]> {
  const findings = new Map<string, Mutable>();
  const finding = (kind: Finding["kind"], name: string): Mutable => {
    const known = findings.get(`${kind} ${name}`);
    if (known !== undefined) return known;
    const fresh: Mutable = {
      kind,
      name,
      differences: [],
      cold: 0,
      warm: 0,
      compared: 0,
      threw: 0,
      error: "",
    };
    findings.set(`${kind} ${name}`, fresh);
    return fresh;
  };
  const reads = [
    ...Object.entries(cases.reads).map(([name, run]) => ({ kind: "read" as const, name, run })),
    ...Object.entries(cases.passing).map(([name, run]) => ({ kind: "passing" as const, name, run })),
  ];

  const throwing = (into: Mutable, error: string) => {
    if (error === "") return;
    into.threw++;
    into.error = error;
  };

  /** What the first side threw, and how many statements the second took. */
  async function ask(
    into: Mutable,
    when: string,
    plain: () => PromiseLike<unknown>,
    cached: () => PromiseLike<unknown>,
    onlyWhetherThrows = false,
  ) {
    const before = sides.sent();
    const [expected, got] = await Promise.all([answerOf(plain), answerOf(cached)]);
    into.compared++;
    const isSame = onlyWhetherThrows
      ? expected.startsWith(THROWS) === got.startsWith(THROWS)
      : expected === got;
    if (!isSame) into.differences.push({ when, plain: expected, cached: got });
    return { error: expected.startsWith(THROWS) ? expected : "", sent: sides.sent() - before };
  }

  for (const phase of ["cold", "warm", "warm again"] as const) {
    for (const { kind, name, run } of reads) {
      const into = finding(kind, name);
      const { error, sent } = await ask(
        into,
        phase,
        () => run(sides.plain),
        () => run(sides.cached),
      );
      throwing(into, error);
      if (phase === "cold") into.cold += sent;
      else into.warm += sent;
    }
  }

  let round = 0;
  for (const writer of ["cached", "outside"] as const) {
    const writes = Object.entries(cases.writes);
    for (const [place, [name, write]] of writes.entries()) {
      round++;
      const into = finding("write", name);
      const written = await ask(
        into,
        `by ${writer}`,
        () => write(sides.plain, round),
        () => write(sides[writer], round),
        // A bare driver counts what triggers have changed, too (R10).
        writer === "outside",
      );
      throwing(into, written.error);
      // What another writer does is looked at after every few writes: it takes half of the time.
      const isLooked = place % AT_ONCE === AT_ONCE - 1 || place === writes.length - 1;
      if (writer === "outside" && !isLooked) continue;
      if (writer === "outside") await sides.catchUp();
      const before = sides.sent();
      await Promise.all(
        reads.map(async ({ kind, name: of, run }) => {
          const { error } = await ask(
            into,
            `${of}, after it by ${writer}`,
            () => run(sides.plain),
            () => run(sides.cached),
          );
          throwing(finding(kind, of), error);
        }),
      );
      into.warm += sides.sent() - before;
    }
  }
  return [...findings.values()];
}

const AT_ONCE = 4;

const THROWS = "throws ";

async function answerOf(run: () => PromiseLike<unknown>): Promise<string> {
  try {
    return typed(await run());
  } catch (error) {
    return THROWS + typed(error);
  }
}
