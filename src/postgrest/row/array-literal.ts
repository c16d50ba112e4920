/**
 * The elements of a one-dimensional Postgres array literal, `{a,"b,c",NULL}`; null for NULL. Undefined for more dimensions,
 * explicit bounds, and malformed literals, which Postgres refuses.
 */
export function parseArrayLiteral(literal: string): readonly (string | null)[] | undefined {
  const text = trimmed(literal);
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
  const elements: (string | null)[] = [];
  let at = 1;
  const skipSpace = () => {
    while (SPACE.test(text.charAt(at))) at += 1;
  };
  skipSpace();
  if (at === text.length - 1) return elements;
  while (at < text.length) {
    skipSpace();
    let element = "";
    const quoted = text.charAt(at) === '"';
    if (quoted) {
      at += 1;
      while (at < text.length && text.charAt(at) !== '"') {
        if (text.charAt(at) === "\\") at += 1;
        element += text.charAt(at);
        at += 1;
      }
      at += 1;
      skipSpace();
    } else {
      const start = at;
      while (at < text.length && !/[,{}"\\]/.test(text.charAt(at))) at += 1;
      element = trimmed(text.slice(start, at));
      if (element === "") return undefined;
    }
    elements.push(!quoted && element.toUpperCase() === "NULL" ? null : element);
    const separator = text.charAt(at);
    at += 1;
    if (separator === "}") return at === text.length ? elements : undefined;
    if (separator !== ",") return undefined;
  }
  return undefined;
}

/** The blanks that Postgres skips between elements. */
const SPACE = /[ \t\n\r\v\f]/;

/** Not by a regular expression, which takes quadratic time for a long run of blanks. */
function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && SPACE.test(text.charAt(from))) from += 1;
  while (to > from && SPACE.test(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}
