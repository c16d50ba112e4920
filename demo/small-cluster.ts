type Template = "template0" | "template1";

/**
 * Makes a PGlite's files small, and what it takes from them when it starts, before they are kept for others to load. Each load
 * writes all files anew, of which two thirds are databases that nothing connects to; and Postgres fills its shared buffers
 * with zeros, 128 MB of them by default. Together that is over half of what a start costs.
 *
 * @param run runs a statement as superuser, outside of a transaction
 * @param unneeded what to drop. Without `template1`, no database can be created
 */
export async function makeSmall(
  run: (statement: string) => Promise<unknown>,
  unneeded: readonly Template[],
): Promise<void> {
  await run("alter system set shared_buffers = '16MB'");
  for (const name of unneeded) {
    await run(`update pg_database set datistemplate = false where datname = '${name}'`);
    await run(`drop database ${name}`);
  }
}
