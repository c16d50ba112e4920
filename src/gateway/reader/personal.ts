/**
 * Whether a key is of an audience that claims of a person are part of: the key ends with its audience, and such an
 * audience holds a `#`, which nothing else in a key does. Personal answers are in no storage (S9).
 */
export function isPersonalKey(key: string): boolean {
  return key.lastIndexOf("#") > key.lastIndexOf(" ");
}
