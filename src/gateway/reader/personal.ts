/**
 * Whether a key's answers depend on a person's claims. They live in memory only, so KV is not asked for them (S9). No
 * other key holds a `#`: paths, encoded values and the names of roles have none.
 */
export function isPersonal(key: string): boolean {
  return key.includes("#");
}
