/** A token of a trace says whose it is, and when it ends: milliseconds from the trace's begin. */
export function tokenOf(user: string, expiresAt: number): string {
  return `${user}.${expiresAt}`;
}

/** Without a token it is nobody's. */
export function userOf(token: string | null): string {
  return (token ?? "").split(".", 1)[0] ?? "";
}

export function endOf(token: string): number {
  return Number(token.slice(token.indexOf(".") + 1));
}
