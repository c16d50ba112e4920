const NAME = "tidemark-admin-secret";

/** The secret, until the tab is closed. Nothing else is stored, and it is stored nowhere else. */
export const session = {
  read(): string | null {
    try {
      return sessionStorage.getItem(NAME);
    } catch {
      return null;
    }
  },
  /** Where storing is forbidden, the secret is asked for again when the page is. */
  keep(secret: string): void {
    try {
      sessionStorage.setItem(NAME, secret);
    } catch {}
  },
  forget(): void {
    try {
      sessionStorage.removeItem(NAME);
    } catch {}
  },
};
