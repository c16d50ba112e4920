import pg from "pg";
import { postgresChanges } from "../../../src/drivers/pg/pg.ts";
import { libraryKeeper } from "../../../src/fence/library-fence.ts";

interface Bindings {
  readonly CAPTURED_URL: string;
  readonly CAPTURE_SECRET: string;
}

export const Keeper = libraryKeeper(({ CAPTURED_URL, CAPTURE_SECRET }: Bindings) => {
  const pool = new pg.Pool({ connectionString: CAPTURED_URL, max: 2 });
  return postgresChanges({
    query: async (text, values) => (await pool.query(text, values)).rows,
    secret: CAPTURE_SECRET,
  });
});

export default { fetch: () => new Response() };
