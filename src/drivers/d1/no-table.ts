/** Whether a statement failed because the database has no table of ours: capture is not installed there. */
export function lacksTable(error: unknown, table: string): boolean {
  return String((error as Error).message).includes(`no such table: ${table}`);
}
