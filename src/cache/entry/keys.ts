import { CacheError } from "./errors.ts";
import { MAX_KEY_BYTES } from "./limits.ts";

/** What may stand between two literals of `key`. */
export type KeyPart = string | number | bigint | boolean | UserPart;

/**
 * A hierarchical key, its levels separated by `:`, e.g. ``key`user:${id}:profile` ``. Keys never collide, whatever
 * the parts contain: `:`, `/`, `@` and `%` in them are escaped. `deletePrefix` works on the levels.
 *
 * @throws CacheError `invalid-key` when a part is undefined, null or NaN (`user:undefined` is the cache bug that
 * serves one user's data to another), or when two parts have no `:`, `/` or `@` between them
 */
export function key(literals: TemplateStringsArray, ...parts: readonly KeyPart[]): string {
  let result = literals[0] as string;
  for (const [index, part] of parts.entries()) {
    const next = literals[index + 1] as string;
    if (index < parts.length - 1 && !/[:/@]/.test(next)) {
      throw new CacheError("invalid-key", `parts ${index} and ${index + 1} of a key need a ":" between them`);
    }
    result += escapePart(part, index) + next;
  }
  return result;
}

/**
 * The part of a key that says whose data it is, e.g. ``key`orders:${user(id)}:open` ``. Without one, keys of a kind
 * that is declared `private` are not cached.
 *
 * @throws CacheError `invalid-key` when the id is empty, undefined or null
 */
export function user(id: string | number): UserPart {
  if (id === "" || id === undefined || id === null) throw new CacheError("invalid-key", "a user needs an id");
  return new UserPart(id);
}

/** Made by `user`. In a key it starts with `@`, which is escaped in all other parts. */
export class UserPart {
  readonly id: string | number;

  constructor(id: string | number) {
    this.id = id;
  }
}

/** True when one of the key's levels was made by `user`. */
export function namesUser(key: string): boolean {
  return /(?:^|:)@[^:]/.test(key);
}

/**
 * The level that a prefix names, with a `:` behind it or not.
 *
 * @throws CacheError `invalid-key` when it is empty: often a variable is, and then everything would be forgotten
 */
export function levelOf(prefix: string): string {
  const level = prefix.replace(/:$/, "");
  if (level === "") throw new CacheError("invalid-key", "an empty prefix is everything, which is forget()");
  return level;
}

/** The first level of a key, which selects its options in `kinds`. */
export function kindOf(key: string): string {
  return key.split(":", 1)[0] as string;
}

/** A namespace inside another: `/v3:`, `/v3/tenant%3A1:`. The root is the empty path. */
export function namespacePath(parent: string, name: string): string {
  return `${parent.slice(0, -1)}/${escapePart(name, 0)}:`;
}

/**
 * A key or tag with its namespace in front. In the root, one that looks like a path gets a `:` in front.
 *
 * @throws CacheError `invalid-key` when it is no text: `1` and `"1"` would be one key in some places and two in others
 */
export function qualify(path: string, key: string): string {
  if (typeof key !== "string") throw new CacheError("invalid-key", `${key} is no text; write "${key}"`);
  if (path !== "") return path + key;
  const first = key.charCodeAt(0);
  return first === 0x2f || first === 0x3a ? `:${key}` : key;
}

/**
 * The key in the store: `<name>:<area>:<qualified key>`. If that is too long for KV, or not well-formed UTF-16 (UTF-8
 * would map different keys to one), it is a SHA-256 in an area of its own.
 */
export function storeKey(name: string, area: string, qualified: string): string | Promise<string> {
  const plain = `${name}:${area}:${qualified}`;
  const fits =
    plain.isWellFormed() &&
    (plain.length * 3 <= MAX_KEY_BYTES || new TextEncoder().encode(plain).length <= MAX_KEY_BYTES);
  return fits ? plain : hashedKey(name, area, qualified);
}

async function hashedKey(name: string, area: string, qualified: string): Promise<string> {
  const units = Uint16Array.from({ length: qualified.length }, (_, at) => qualified.charCodeAt(at));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", units));
  return `${name}:${area}#:${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function escapePart(part: KeyPart, index: number): string {
  if (part instanceof UserPart) return `@${escapePart(part.id, index)}`;
  if (part === undefined || part === null || Number.isNaN(part)) {
    throw new CacheError("invalid-key", `part ${index} of a key is ${part}`);
  }
  // In UTF-8, every lone surrogate would become U+FFFD.
  return String(part).replace(/[%:/@]|\p{Surrogate}/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
