/** What the gateway says of an answer: the parameters of its member of `Cache-Status`; `""` for one without a value. */
export type Label = ReadonlyMap<string, string>;

/** A member of a list and what ends it: a comma inside quotes ends nothing. */
const MEMBER = /((?:[^",]|"(?:[^"\\]|\\.)*")*)(?:,|$)/y;

const PARAMETER = /; *([a-z*][\w.*-]*)(?:=("(?:[^"\\]|\\.)*"|[^";, \t]+))?/y;

const NAME = "tidemark";

/**
 * The gateway's own member of a `Cache-Status` field (RFC 9211), the last if there are several: each cache on the way
 * adds its member at the end. Undefined when there is none, or when the field is not a list (RFC 9651): a name that
 * only contains ours, or ours inside somebody else's text, is not the gateway's word.
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

/** Undefined for another cache's member, and for what is no member. */
function parametersOf(member: string): Label | undefined {
  if (!member.startsWith(NAME)) return undefined;
  const parameters = new Map<string, string>();
  for (let at = NAME.length; at < member.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at;
    const [, name, value = ""] = PARAMETER.exec(member) ?? [];
    if (name === undefined) return undefined;
    // `?0` is how a list says false.
    if (value !== "?0") parameters.set(name, value.replace(/^"(.*)"$/, "$1"));
  }
  return parameters;
}
