/** An SQL identifier, quoted. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * An SQL string literal that may stand anywhere: it cannot end a dollar-quoted body around it, and it does not depend
 * on `standard_conforming_strings`.
 */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  if (!/[\\$]/.test(text)) return quoted;
  return `E${quoted.replaceAll("\\", "\\\\").replaceAll("$", "\\x24")}`;
}

export function textArray(texts: readonly string[]): string {
  return `array[${texts.map(literal).join(", ")}]::text[]`;
}
