import { qualify } from "./keys.ts";

// A name is anything that can be invalidated. Its first letter says what: the key itself (k), a namespace (n), a
// prefix (p), a tag (t). An entry stands on several: one of them invalidated, and it no longer counts.

export type Name = string;

export const keyName = (qualified: string): Name => `k${qualified}`;
export const namespaceName = (path: string): Name => `n${path}`;
export const prefixName = (path: string, prefix: string): Name => `p${qualify(path, prefix)}`;
export const tagName = (path: string, tag: string): Name => `t${qualify(path, tag)}`;

/** The names of one key only: others, which many keys share, are worth remembering. */
export const isKeyName = (name: Name): boolean => name.startsWith("k");

/** Where nothing but keys can be invalidated. */
export const keyAlone = (path: string, key: string): Name[] => [keyName(qualify(path, key))];

/** The names of all namespaces around a path, the root's first. */
function namespaceNames(path: string): Name[] {
  const names = [namespaceName("")];
  for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) {
    names.push(namespaceName(`${path.slice(0, at)}:`));
  }
  if (path !== "") names.push(namespaceName(path));
  return names;
}

/** All names that an entry stands on: its key, namespaces, prefixes and tags. */
export function namesOf(path: string, key: string, tags: readonly string[]): Name[] {
  const names = [keyName(qualify(path, key)), ...namespaceNames(path)];
  for (let at = key.indexOf(":"); at >= 0; at = key.indexOf(":", at + 1)) {
    names.push(prefixName(path, key.slice(0, at)));
  }
  for (const tag of tags) names.push(tagName(path, tag));
  return names;
}
