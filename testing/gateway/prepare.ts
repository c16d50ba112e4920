import { lookIntoAll, lookOnce } from "../../demo/look-once.ts";
import type { Supabase } from "../../demo/supabase.ts";

/** Makes tables of a test's own in the demo's database, of which capture looks at all at once, for as long as it takes. */
export async function prepare({ db }: Pick<Supabase, "db">, sql: string): Promise<void> {
  await lookOnce(
    (statement) => db.query(statement),
    () => db.exec(sql),
  );
  await lookIntoAll((statement) => db.query(statement));
}
