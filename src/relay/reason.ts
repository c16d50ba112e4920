/** Why something failed, in one line. Messages of errors do not contain what was sent (passwords, secrets). */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // `fetch` only says "fetch failed"; its cause has the reason.
  const told = error.cause instanceof Error ? error.cause : error;
  const code = "code" in told && typeof told.code === "string" ? told.code : "";
  // Happy Eyeballs fails with an AggregateError, whose message is empty.
  const message = told.message.includes(code) ? told.message : `${code} ${told.message}`;
  return message.replaceAll(/\s+/g, " ").trim() || told.name;
}
