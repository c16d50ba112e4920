/** An SQL identifier, quoted. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * An SQL string literal that may stand anywhere: inside of a body that is quoted by dollars no text of it can end that
 * body, and it is the same whatever `standard_conforming_strings` is.
 */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  if (!/[\\$]/.test(text)) return quoted;
  return `E${quoted.replaceAll("\\", "\\\\").replaceAll("$", "\\x24")}`;
}

export function textArray(texts: readonly string[]): string {
  return `array[${texts.map(literal).join(", ")}]::text[]`;
}
