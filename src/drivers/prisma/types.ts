import type { Prisma, PrismaClientExtends } from "@prisma/client/extension";
import type { Types } from "@prisma/client/runtime/client";
import type { AccelerateInfo } from "./info.ts";
import type { CacheStrategy } from "./strategy.ts";

/** The reads that take a `cacheStrategy`. */
export type ReadOperation =
  | "aggregate"
  | "count"
  | "findFirst"
  | "findFirstOrThrow"
  | "findMany"
  | "findUnique"
  | "findUniqueOrThrow"
  | "groupBy";

/** What a read is awaited by. */
export interface AcceleratePromise<T> extends Prisma.PrismaPromise<T> {
  /** The same read, with where its answer came from. */
  withAccelerateInfo(): Prisma.PrismaPromise<{ data: T; info: AccelerateInfo }>;
}

type ReadArgs<Model, Operation extends ReadOperation> = Prisma.Args<Model, Operation> & {
  readonly cacheStrategy?: CacheStrategy;
};

/** Refuses what `Known` does not have; editors still complete what it has. */
type Only<Given, Known> = { [K in keyof Given]: K extends keyof Known ? Given[K] : never };

/** Arguments as given, of which a compiler refuses what does not exist, in the strategy too. */
type Checked<Given, Known> = Only<Given, Known> &
  (Given extends { readonly cacheStrategy: infer Strategy }
    ? { readonly cacheStrategy: Only<Strategy, CacheStrategy> }
    : unknown);

type Selecting<Given, Known> = Checked<Given, Known> &
  (Given extends { select: unknown; include: unknown }
    ? "Please either choose `select` or `include`."
    : Given extends { select: unknown; omit: unknown }
      ? "Please either choose `select` or `omit`."
      : unknown);

/** The reads of each model, which take a `cacheStrategy`. */
export interface CachedReads {
  aggregate<M, F extends ReadArgs<M, "aggregate">, const A extends F>(
    this: M,
    args: Checked<A, F>,
  ): AcceleratePromise<Prisma.Result<M, A, "aggregate">>;
  count<M, F extends ReadArgs<M, "count">, A extends F>(
    this: M,
    args?: Checked<A, F>,
  ): AcceleratePromise<Prisma.Result<M, A, "count">>;
  findFirst<M, F extends ReadArgs<M, "findFirst">, A extends F>(
    this: M,
    args?: Selecting<A, F>,
  ): AcceleratePromise<Prisma.Result<M, A, "findFirst"> | null>;
  findFirstOrThrow<M, F extends ReadArgs<M, "findFirstOrThrow">, A extends F>(
    this: M,
    args?: Selecting<A, F>,
  ): AcceleratePromise<Prisma.Result<M, A, "findFirstOrThrow">>;
  findMany<M, F extends ReadArgs<M, "findMany">, A extends F>(
    this: M,
    args?: Selecting<A, F>,
  ): AcceleratePromise<Prisma.Result<M, A, "findMany">>;
  findUnique<M, F extends ReadArgs<M, "findUnique">, A extends F>(
    this: M,
    args: Selecting<A, F>,
  ): AcceleratePromise<Prisma.Result<M, A, "findUnique"> | null>;
  findUniqueOrThrow<M, F extends ReadArgs<M, "findUniqueOrThrow">, A extends F>(
    this: M,
    args: Selecting<A, F>,
  ): AcceleratePromise<Prisma.Result<M, A, "findUniqueOrThrow">>;
  groupBy<M, F extends ReadArgs<M, "groupBy">, A extends F>(
    this: M,
    args: Checked<A, F>,
  ): AcceleratePromise<Prisma.Result<M, A, "groupBy">>;
}

/** `prisma.$accelerate`. */
export interface Invalidations {
  /**
   * Forgets the answers that have one of the tags: at most 5 a call.
   *
   * @throws CacheError `invalid-option`, `invalidation-failed`
   */
  invalidate(input: { readonly tags: readonly string[] }): Promise<{ requestId: string }>;
  /**
   * Forgets all answers of this database.
   *
   * @throws CacheError `invalidation-failed`
   */
  invalidateAll(): Promise<{ requestId: string }>;
}

/** For `$extends`. */
export type TidemarkExtension = (
  client: unknown,
) => PrismaClientExtends<
  Types.Extensions.InternalArgs<
    Record<never, never>,
    { $allModels: CachedReads },
    Record<never, never>,
    { $accelerate: Invalidations }
  > &
    Types.Extensions.DefaultArgs
>;
