type Run = (statement: string) => Promise<unknown>;

/**
 * Runs work that changes the schema in many statements, in a database that capture is installed in. Capture looks at the whole
 * schema after each of them, a fifth of a second each time; here it looks once, as in a database without event triggers.
 *
 * @param run runs a statement as superuser
 */
export async function lookOnce<T>(run: Run, work: () => Promise<T>): Promise<T> {
  try {
    return await unseen(run, work);
  } finally {
    await run("select tidemark.schema_changed()");
  }
}

/** Runs work that leaves the schema as it was, though in statements that could change it. Capture does not look at all. */
export async function unseen<T>(run: Run, work: () => Promise<T>): Promise<T> {
  await run("alter event trigger tidemark_ddl disable");
  try {
    return await work();
  } finally {
    await run("alter event trigger tidemark_ddl enable always");
  }
}

/** Selects something while functions are left that capture had no time for. */
export const LEFT_SQL = "select 1 from tidemark.analyses() where refusal = 'there was no time left'";

/**
 * Lets capture look again until it has looked into every function. It takes a second for that at most, and leaves the others for
 * the next time: on a busy machine that is soon, and this database is kept and loaded on others.
 */
export async function lookIntoAll(query: (sql: string) => Promise<readonly unknown[]>): Promise<void> {
  while ((await query(LEFT_SQL)).length > 0) await query("select tidemark.schema_changed()");
}
