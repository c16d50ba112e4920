import { createServer } from "node:http";
import { CAPTURE_SECRET } from "../../demo/capture.ts";
import { literal, textArray } from "../../src/capture/sql/quote.ts";
import type { DatabaseTarget } from "../../src/origin/ask-database.ts";
import { listening } from "../origins/listening.ts";

/** Runs a query of one value, as superuser. */
export type AskValue = (sql: string) => Promise<string>;

export interface DatabaseFunctions {
  /** What the keeper calls them through. */
  readonly target: DatabaseTarget;
  close(): void;
}

/** `POST /rpc/<name>` and nothing else, so that the keeper's own code can call a database without an API. */
export async function serveFunctions(askValue: AskValue): Promise<DatabaseFunctions> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const name = request.url?.split("/").at(-1) ?? "";
      try {
        const given = JSON.parse(Buffer.concat(chunks).toString()) as Arguments;
        response.end(await askValue(`select ${name}(${named(given)})::text as value`));
      } catch (error) {
        response.writeHead(500).end(String(error));
      }
    });
  });
  // Node might close an idle connection just when the keeper calls again.
  server.keepAliveTimeout = 0;
  const { url, stop } = await listening(server);
  return {
    target: {
      ...{ url, credentials: {}, secret: CAPTURE_SECRET },
      ...{ exposedSchema: "public", anonRole: "anon", deadlineMs: 60_000 },
    },
    close: () => void stop(),
  };
}

type Arguments = Readonly<Record<string, string | readonly string[] | null>>;

function named(given: Arguments): string {
  return Object.entries(given)
    .map(([name, value]) => `${name} => ${sqlOf(value)}`)
    .join(", ");
}

function sqlOf(value: string | readonly string[] | null): string {
  if (value === null) return "null";
  return typeof value === "string" ? literal(value) : textArray(value);
}
