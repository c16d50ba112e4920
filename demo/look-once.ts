/**
 * Runs work that changes the schema in many statements, in a database that capture is installed in. Capture looks at the whole
 * schema after each of them, a fifth of a second each time; here it looks once, as in a database without event triggers.
 *
 * @param run runs a statement as superuser
 */
export async function lookOnce<T>(
  run: (statement: string) => Promise<unknown>,
  work: () => Promise<T>,
): Promise<T> {
  await run("alter event trigger tidemark_ddl disable");
  try {
    return await work();
  } finally {
    await run("alter event trigger tidemark_ddl enable always");
    await run("select tidemark.schema_changed()");
  }
}
