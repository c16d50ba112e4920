/**
 * A real PostgreSQL with `@supabase/lite` over it, as a process of its own, asked by messages. It keeps real time; the
 * process that asks need not.
 */
import "../../../../demo/no-telemetry.ts";
import { readFileSync } from "node:fs";
import { apiOverPostgres } from "../../../../demo/api-over-postgres.ts";
import { CAPTURE_SECRET } from "../../../../demo/capture.ts";
import { startPostgres } from "../../../../testing/postgres.ts";
import { CAPTURE_SQL, SCHEMA_SQL } from "./schema.ts";
import { FORGETFUL, serve } from "./serve.ts";

const PUBLISHABLE_KEY = "sb_publishable_bench";

const server = await startPostgres({ flags: FORGETFUL });
const sql = server.sql({ max: 1 });
await sql.unsafe(readFileSync(new URL("../../../../demo/roles.sql", import.meta.url), "utf8")).simple();
await sql.unsafe(SCHEMA_SQL).simple();
await sql.unsafe(CAPTURE_SQL).simple();

const api = await apiOverPostgres({
  ...{ url: server.url, postgresOptions: { max: 4 }, firstTable: "categories" },
  ...{ publishableKey: PUBLISHABLE_KEY, secretKey: "sb_secret_bench" },
});

serve({
  ...{ sql, answer: api.answer },
  headersOf: () => ({ apikey: PUBLISHABLE_KEY }),
  async described() {
    const [row] = await sql<{ schema: string }[]>`
      select tidemark_schema(${CAPTURE_SECRET})::text as schema`;
    return row?.schema ?? "";
  },
  stop: () => api.stop(server),
});
