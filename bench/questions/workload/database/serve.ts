import type { Sql } from "postgres";
import { CAPTURE_SECRET } from "../../../../demo/capture.ts";
import type { Answered, Asked, Question } from "./messages.ts";

export interface Served {
  readonly sql: Sql;
  /** The API. */
  readonly answer: (request: Request) => Promise<Response>;
  /** The headers of a user, or of a publishable key's bearer. */
  readonly headersOf: (user: string | null) => Record<string, string>;
  /** Questions that only this database answers. */
  readonly described: (question: Extract<Question, { kind: "schema" | "whoami" }>) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** The database lives for a minute, so it need not survive a crash. */
export const FORGETFUL = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"];

const ORIGIN = "http://supabase.invalid";

/** Answers the messages of the process that has started this one, until that loses interest. */
export function serve(served: Served): void {
  // One at a time and in order, because a read's place among the writes decides what it shows.
  let last: Promise<unknown> = Promise.resolve();
  process.on("message", ({ id, question }: Asked) => {
    last = last
      .then(() => answerTo(question, served))
      .then(
        (given) => process.send?.({ id, ...given } satisfies Answered),
        (error: unknown) => process.send?.({ id, error: String(error) } satisfies Answered),
      );
  });
  process.on("disconnect", async () => {
    await served.stop();
    process.exit();
  });
  process.send?.({ id: 0 } satisfies Answered);
}

async function answerTo(question: Question, served: Served): Promise<Omit<Answered, "id">> {
  const { sql } = served;
  switch (question.kind) {
    case "read":
      return { text: await read(question.path, question.user, served) };
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
    case "schema":
    case "whoami":
      return { text: await served.described(question) };
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

async function read(path: string, user: string | null, { answer, headersOf }: Served): Promise<string> {
  const response = await answer(new Request(ORIGIN + path, { headers: headersOf(user) }));
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text}`);
  return text;
}
