/** The parameters of the gateway's member of `Cache-Status`, by name. A parameter without a value maps to `""`. */
export type Label = ReadonlyMap<string, string>;

/** A member of a list and the comma after it. A comma in quotes ends nothing. */
const MEMBER = /((?:[^",]|"(?:[^"\\]|\\.)*")*)(?:,|$)/y;

const PARAMETER = /; *([a-z*][\w.*-]*)(?:=("(?:[^"\\]|\\.)*"|[^";, \t]+))?/y;

const NAME = "tidemark";

/**
 * The gateway's own member of a `Cache-Status` field (RFC 9211), or the last of several, because each cache on the way
 * appends its member. Undefined when there is none, or when the field is not a list (RFC 9651): our name inside a
 * longer name or inside another cache's text does not count.
 */
export function labelOf(field: string | null): Label | undefined {
  let label: Label | undefined;
  for (let at = 0; field !== null && at < field.length; at = MEMBER.lastIndex) {
    MEMBER.lastIndex = at;
    const member = MEMBER.exec(field)?.[1];
    if (member === undefined) return undefined;
    label = parametersOf(member.trim()) ?? label;
  }
  return label;
}

/** Undefined for another cache's member and for malformed text. */
function parametersOf(member: string): Label | undefined {
  if (!member.startsWith(NAME)) return undefined;
  const parameters = new Map<string, string>();
  for (let at = NAME.length; at < member.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at;
    const [, name, value = ""] = PARAMETER.exec(member) ?? [];
    if (name === undefined) return undefined;
    // `?0` is false in a structured field.
    if (value !== "?0") parameters.set(name, value.replace(/^"(.*)"$/, "$1"));
  }
  return parameters;
}
