import { CacheError } from "../../cache/entry/errors.ts";

/** What a read asks of the cache. With neither `ttl` nor `swr` it is not cached. */
export interface CacheStrategy {
  /** Seconds for which the answer is served without asking the database, unless a row that it reads changes. */
  readonly ttl?: number;
  /** Seconds after `ttl` for which it is still served while it is loaded again in the background. */
  readonly swr?: number;
  /** For `$accelerate.invalidate`: at most 5, each of 1 to 64 letters, digits and underscores. */
  readonly tags?: readonly string[];
}

/** A strategy that has been checked. */
export interface Strategy {
  readonly ttl: number;
  readonly swr: number;
  readonly tags: readonly string[];
}

const MAX_TAGS = 5;
const TAG = /^[A-Za-z0-9_]{1,64}$/;

/**
 * `undefined` when nothing is to be cached.
 *
 * @throws CacheError `invalid-option`
 */
export function parseStrategy(given: unknown): Strategy | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== "object") throw invalid("cacheStrategy", "it takes { ttl, swr, tags }");
  const { ttl, swr, tags, ...others } = given as Record<keyof CacheStrategy, unknown>;
  for (const name in others) throw invalid(`cacheStrategy.${name}`, "no such option here");
  const strategy = {
    ttl: seconds("ttl", ttl),
    swr: seconds("swr", swr),
    tags: tags === undefined ? [] : parseTags("cacheStrategy.tags", tags),
  };
  return strategy.ttl + strategy.swr > 0 ? strategy : undefined;
}

/** @throws CacheError `invalid-option` */
export function parseTags(name: string, given: unknown): readonly string[] {
  if (!Array.isArray(given)) throw invalid(name, "it takes a list of strings");
  if (given.length > MAX_TAGS) throw invalid(name, `${given.length} tags; at most ${MAX_TAGS} are allowed`);
  for (const tag of given) {
    if (typeof tag === "string" && TAG.test(tag)) continue;
    throw invalid(
      name,
      `${JSON.stringify(tag)}; a tag is 1 to 64 characters, only letters A to Z, digits and underscores`,
    );
  }
  return given as string[];
}

function seconds(name: "ttl" | "swr", given: unknown): number {
  if (given === undefined) return 0;
  if (Number.isSafeInteger(given) && (given as number) >= 0) return given as number;
  throw invalid(`cacheStrategy.${name}`, `${String(given)}; it takes a whole number of seconds, at least 0`);
}

function invalid(name: string, message: string): CacheError {
  return new CacheError("invalid-option", `${name}: ${message}`);
}
