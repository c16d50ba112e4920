/** Why something failed, in one line. What was sent (passwords, secrets) is not part of an error's message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // `fetch` says "fetch failed" and hides the reason.
  const told = error.cause instanceof Error ? error.cause : error;
  const code = "code" in told && typeof told.code === "string" ? told.code : "";
  // Happy eyeballs fail with an AggregateError, whose message is empty.
  const message = told.message.includes(code) ? told.message : `${code} ${told.message}`;
  return message.replaceAll(/\s+/g, " ").trim() || told.name;
}
