import { qualify } from "./keys.ts";
import { mustBeList } from "./options.ts";

// A name is anything that can be invalidated. Its first letter says what it is: a key (k), a namespace (n), a prefix (p)
// or a tag (t). An entry has several names; when one of them is invalidated, the entry no longer counts.

export type Name = string;

export const keyName = (qualified: string): Name => `k${qualified}`;
export const namespaceName = (path: string): Name => `n${path}`;
export const prefixName = (path: string, prefix: string): Name => `p${qualify(path, prefix)}`;
export const tagName = (path: string, tag: string): Name => `t${qualify(path, tag)}`;

/** A key's name belongs to one entry. Other names are shared by many, so their versions are worth remembering. */
export const isKeyName = (name: Name): boolean => name.startsWith("k");

/** The names of an entry in the core cache, which can only invalidate keys. */
export const keyAlone = (path: string, key: string): Name[] => [keyName(qualify(path, key))];

/** A tag that begins with it is a name itself: of rows, which no namespace has to itself. They are stored like tags. */
export const RAW = "\0";

/** The names of all namespaces around a path, starting at the root. */
function namespaceNames(path: string): Name[] {
  const names = [namespaceName("")];
  for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) {
    names.push(namespaceName(`${path.slice(0, at)}:`));
  }
  if (path !== "") names.push(namespaceName(path));
  return names;
}

/**
 * All names of an entry: its key, namespaces, prefixes and tags, in this order.
 *
 * @throws CacheError `invalid-option` when the tags are a text
 */
export function namesOf(path: string, key: string, tags: readonly string[]): Name[] {
  mustBeList("tags", tags);
  const names = [keyName(qualify(path, key)), ...namespaceNames(path)];
  for (let at = key.indexOf(":"); at >= 0; at = key.indexOf(":", at + 1)) {
    names.push(prefixName(path, key.slice(0, at)));
  }
  for (const tag of tags) names.push(tag.startsWith(RAW) ? tag.slice(RAW.length) : tagName(path, tag));
  return names;
}
