const LABEL = /^the label IMMUTABLE of (.*)$/;

/** The functions of these entries of `Reads.request` that are wrongly labelled IMMUTABLE, by name. */
export function labelledImmutable(request: readonly string[]): readonly string[] {
  return request.flatMap((what) => LABEL.exec(what)?.[1] ?? []);
}

/** What to do about such functions; undefined when there are none. */
export function relabelFix(names: readonly string[]): string | undefined {
  return names.length === 0
    ? undefined
    : `Run: ${names.map((name) => `alter function ${name} stable`).join("; ")}`;
}
