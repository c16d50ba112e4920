import { Calls, type PrismaCall } from "./calls.ts";
import { askedThrough, type CachedDatabase, type InvalidatedCache } from "./driver.ts";
import { type AccelerateInfo, infoOf } from "./info.ts";
import { type LazyPromise, withInfo } from "./lazy-promise.ts";
import { parseStrategy, parseTags } from "./strategy.ts";
import type { ReadOperation, TidemarkExtension } from "./types.ts";
import { EVERYTHING, viewFor } from "./views.ts";

/** What `cachedPrisma` can be told. */
export interface CachedPrismaOptions {
  /**
   * What becomes of reads without a `cacheStrategy`, `$queryRaw` among them: `"pass"` (default) sends them to the database
   * as Accelerate did; `"driver"` leaves them to the driver's own options.
   */
  readonly withoutStrategy?: "pass" | "driver";
}

const READS: readonly ReadOperation[] = [
  "aggregate",
  "count",
  "findFirst",
  "findFirstOrThrow",
  "findMany",
  "findUnique",
  "findUniqueOrThrow",
  "groupBy",
];
const RAW_READS: readonly string[] = ["$queryRaw", "$queryRawUnsafe", "$queryRawTyped"];

/** An argument of ours, by which the outer part of the extension asks the inner one where the answer came from. */
const TELL = "__tidemarkTell";

/** What Prisma calls a query extension with. */
interface PrismaOperation {
  readonly model?: string;
  readonly operation: string;
  readonly args: unknown;
  readonly query: (args: unknown) => PromiseLike<unknown>;
  readonly __internalParams?: { readonly transaction?: unknown };
}

/** What a Prisma client is made of. */
export interface CachedPrisma<D> {
  /** For the client's adapter. */
  readonly database: D;
  /** For its `$extends`: the last one, as with Accelerate. Extensions of queries that are added later do not see its reads. */
  readonly extension: TidemarkExtension;
}

/**
 * What gives a Prisma client the calls of Accelerate's (`cacheStrategy`, `withAccelerateInfo`, `$accelerate`) over a driver that
 * caches:
 *
 * ```ts
 * const { database, extension } = cachedPrisma(cachedD1(env.DB, cache), cache);
 * const prisma = new PrismaClient({ adapter: new PrismaD1(database) }).$extends(extension);
 * await prisma.post.findMany({ cacheStrategy: { ttl: 60 } });
 * ```
 *
 * The client's calls reject with CacheError `invalid-option` when their `cacheStrategy` is wrong. Inside transactions nothing
 * is cached. Needs the compatibility flag `nodejs_compat` or `nodejs_als`.
 *
 * @param driver `cachedD1(…)` or `cachedPg(…)`
 * @param cache the one that it was made with
 * @throws TypeError for another driver
 */
export function cachedPrisma<D extends CachedDatabase>(
  driver: D,
  cache: InvalidatedCache,
  { withoutStrategy = "pass" }: CachedPrismaOptions = {},
): CachedPrisma<D> {
  const calls = new Calls();
  const database = askedThrough(driver, () => viewFor(driver, calls.asked()));

  async function $allOperations({ model, operation, args, query, __internalParams }: PrismaOperation) {
    const isRead = model !== undefined && (READS as readonly string[]).includes(operation);
    const { cacheStrategy, [TELL]: tell, ...rest } = (isRead ? args : {}) as Arguments;
    const strategy = parseStrategy(cacheStrategy);
    const unasked = withoutStrategy === "driver" ? "driver" : "fresh";
    const inTransaction = __internalParams?.transaction !== undefined;
    const call: PrismaCall = {
      asks: inTransaction
        ? "transaction"
        : isRead
          ? (strategy ?? unasked)
          : RAW_READS.includes(operation)
            ? unasked
            : // A write's own reads come after its statements.
              "fresh",
      joins: inTransaction || operation === "findUnique" || operation === "findUniqueOrThrow",
      outcomes: [],
    };
    const value = await calls.run(call, () => query(isRead ? rest : args));
    tell?.(infoOf(call, `${model}.${operation}`, rest));
    return value;
  }

  const accelerate = {
    async invalidate(input?: { readonly tags?: unknown }) {
      await cache.invalidateTags(parseTags("tags", input?.tags));
      return { requestId: crypto.randomUUID() };
    },
    async invalidateAll() {
      await cache.invalidateTags([EVERYTHING]);
      return { requestId: crypto.randomUUID() };
    },
  };

  const extension = (client: unknown) =>
    (client as Extensible)
      // The inner client's queries are what the outer one's reads below call.
      .$extends({ name: "tidemark", query: { $allOperations } })
      .$extends({
        name: "tidemark",
        client: { $accelerate: accelerate },
        model: { $allModels: Object.fromEntries(READS.map((name) => [name, readNamed(name)])) },
      });
  return { database, extension: extension as TidemarkExtension };
}

interface Extensible {
  $extends(extension: object): Extensible;
}

interface Arguments {
  readonly cacheStrategy?: unknown;
  readonly [TELL]?: (info: AccelerateInfo) => void;
}

type ModelReads = Readonly<Record<string, (args: object | undefined) => LazyPromise>>;

/** What Prisma binds a model's methods to. */
interface Model {
  readonly $name: string;
  readonly $parent: Readonly<Record<string, ModelReads>>;
}

function readNamed(name: ReadOperation) {
  return function read(this: Model, args?: object) {
    const { $parent, $name } = this;
    const start = (all: object | undefined) => ($parent[$name] as ModelReads)[name]?.(all) as LazyPromise;
    return Object.assign(start(args), {
      withAccelerateInfo: () =>
        withInfo((tell: (info: AccelerateInfo) => void) => start({ ...args, [TELL]: tell })),
    });
  };
}
