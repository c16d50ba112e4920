/** An SQL identifier, quoted. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An SQL string literal. Postgres has read backslashes as themselves since 9.1. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function textArray(texts: readonly string[]): string {
  return `array[${texts.map(literal).join(", ")}]::text[]`;
}
