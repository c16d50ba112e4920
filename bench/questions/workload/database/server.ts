/**
 * A real PostgreSQL with `@supabase/lite` over it, as a process of its own, asked by messages. It keeps real time; the
 * process that asks need not.
 */
import "../../../../demo/no-telemetry.ts";
import { readFileSync } from "node:fs";
import { apiOverPostgres } from "../../../../demo/api-over-postgres.ts";
import { CAPTURE_SECRET } from "../../../../demo/capture.ts";
import { startPostgres } from "../../../../testing/postgres.ts";
import type { Answered, Asked, Question } from "./messages.ts";
import { CAPTURE_SQL, SCHEMA_SQL } from "./schema.ts";

const PUBLISHABLE_KEY = "sb_publishable_bench";
const ORIGIN = "http://supabase.invalid";

// The database lives for a minute, so it need not survive a crash.
const server = await startPostgres({
  flags: ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"],
});
const sql = server.sql({ max: 1 });
await sql.unsafe(readFileSync(new URL("../../../../demo/roles.sql", import.meta.url), "utf8")).simple();
await sql.unsafe(SCHEMA_SQL).simple();
await sql.unsafe(CAPTURE_SQL).simple();

const { connection, answer: answerOf } = await apiOverPostgres({
  ...{ url: server.url, postgresOptions: { max: 4 }, firstTable: "categories" },
  ...{ publishableKey: PUBLISHABLE_KEY, secretKey: "sb_secret_bench" },
});

async function answer(question: Question): Promise<Omit<Answered, "id">> {
  switch (question.kind) {
    case "read":
      return { text: await api(question.path) };
    case "write":
      await sql.unsafe(question.sql).simple();
      return {};
    case "pull": {
      // Calls the function directly: through lite the call would take ten times as long as its work.
      const { since, upto, after } = question;
      const [row] = await sql<{ page: string }[]>`
        select tidemark_changes(${CAPTURE_SECRET}, ${since}, ${upto}, ${after ?? 0}::bigint, 1000)::text as page`;
      return { text: row?.page ?? "" };
    }
    case "schema": {
      const [row] = await sql<{ schema: string }[]>`
        select tidemark_schema(${CAPTURE_SECRET})::text as schema`;
      return { text: row?.schema ?? "" };
    }
    case "digests": {
      const rows = await sql.unsafe<{ digest: string }[]>(
        `select md5(b.rows) as digest
         from unnest($1::text[]) with ordinality p (v, n)
         cross join lateral (select coalesce(string_agg(t::text, E'\\n'), '') as rows from (${question.sql}) t) b
         order by p.n`,
        [question.values as string[]],
        { prepare: true },
      );
      return { digests: rows.map(({ digest }) => digest) };
    }
  }
}

async function api(path: string): Promise<string> {
  const headers = { apikey: PUBLISHABLE_KEY };
  const response = await answerOf(new Request(ORIGIN + path, { headers }));
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text}`);
  return text;
}

// One at a time and in order, because a read's place among the writes decides what it shows.
let last: Promise<unknown> = Promise.resolve();
process.on("message", ({ id, question }: Asked) => {
  last = last
    .then(() => answer(question))
    .then(
      (given) => process.send?.({ id, ...given } satisfies Answered),
      (error: unknown) => process.send?.({ id, error: String(error) } satisfies Answered),
    );
});
process.on("disconnect", async () => {
  await connection.close();
  await server.stop();
  process.exit();
});
process.send?.({ id: 0 } satisfies Answered);
