/**
 * Those entries of `Reads.request` that keep an answer from being shared between callers: neither headers that are part
 * of the key, nor anything that the owner has answered for.
 *
 * @param isDeclared the owner has said by `dependsOn` what the relation's functions read
 * @param keyedHeaders names in lower case
 */
export function unkeyed(
  request: readonly string[],
  isDeclared: boolean,
  keyedHeaders: ReadonlySet<string> = new Set(),
): readonly string[] {
  return request.filter((what) => {
    const header = headerIn(what);
    const isKeyed = header !== undefined && keyedHeaders.has(header);
    return !isKeyed && !(isDeclared && isSuspected(what));
  });
}

/** The header's name in lower case if the entry is one header; undefined if it is anything else. */
export function headerIn(what: string): string | undefined {
  return /^header (.*)$/.exec(what)?.[1];
}

/** The function's name if the entry is one that reads who asks and is labelled IMMUTABLE all the same; else undefined. */
export function labelledIn(what: string): string | undefined {
  return /^the label IMMUTABLE of (.*)$/.exec(what)?.[1];
}

/** Whether the entry is a function or a type that cannot be looked into, and so only may read the request. */
export function isSuspected(what: string): boolean {
  return /\(|^the type /.test(what);
}
