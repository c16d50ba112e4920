import { readFileSync } from "node:fs";
import { defineCommand } from "citty";
import { CommandError } from "../command/command-error.ts";
import { strictFlags } from "../command/strict-flags.ts";
import { withoutMark } from "../command/text-file.ts";
import { paintFor } from "../print/paint.ts";
import { adminClient, GATEWAY_FLAG, JSON_FLAG, printJson, printLines, queryOf } from "./admin-client.ts";
import { explainLines, explainShape } from "./explain-shape.ts";
import { isSupabaseLine, requestOfLine } from "./supabase-line.ts";

const args = {
  query: {
    type: "positional",
    required: true,
    description: "A URL, a path, or a line of supabase-js, in quotes",
  },
  gateway: GATEWAY_FLAG,
  role: { type: "string", valueHint: "role", description: "As users with this role read it" },
  "token-env": {
    type: "string",
    valueHint: "name",
    description: "Variable with a user's token: as that user reads it",
  },
  change: {
    type: "string",
    valueHint: "file",
    description: "What would this change do? A Database Webhook's payload; - reads stdin",
  },
  json: JSON_FLAG,
} as const;

/** `tidemark explain`: is a query cached, as what, and would a change affect its answer? */
export const explainCommand = defineCommand({
  meta: { name: "explain", description: "Is this query cached, and what would a change do to it?" },
  args,
  plugins: [strictFlags("explain", args, 1)],
  async run({ args }) {
    const { query, headers } = await askedBy(args.query);
    const token = args["token-env"];
    const body = {
      query,
      headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${tokenOf(token)}` }) },
      ...(args.role !== undefined && { role: args.role }),
      ...(args.change !== undefined && { change: changeOf(args.change) }),
    };
    const client = adminClient(args.gateway);
    const answer = await client.post("explain", body);
    if (args.json) return printJson(answer);
    printLines(explainLines(await client.read(explainShape, answer), paintFor(process.stdout)));
  },
});

async function askedBy(argument: string) {
  if (!isSupabaseLine(argument)) return { query: queryOf(argument), headers: {} };
  const request = await requestOfLine(argument);
  if (request.method === "GET" || request.method === "HEAD") return request;
  const hint = "Only reads are cached. See docs/client.md for how clients read their own writes";
  throw new CommandError(`the line is a ${request.method}, which passes through to the database`, hint);
}

function tokenOf(name: string): string {
  const token = process.env[name]?.trim();
  if (token) return token;
  const hint = "Export it first: whoever lists processes could see an argument";
  throw new CommandError(`the environment has no ${name}`, hint, { exitCode: 2 });
}

function changeOf(file: string): object {
  const hint =
    '{ "type": "UPDATE", "schema": "public", "table": "articles", "record": {…}, "old_record": {…} }';
  try {
    const change: unknown = JSON.parse(withoutMark(readFileSync(file === "-" ? 0 : file, "utf8")));
    if (typeof change === "object" && change !== null && !Array.isArray(change)) return change;
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === "ENOENT";
    const what = isAbsent ? `there is no file ${file}` : `${file} cannot be read as JSON`;
    throw new CommandError(what, hint, { exitCode: 2, cause: error });
  }
  throw new CommandError(`${file} is not a Database Webhook's payload`, hint, { exitCode: 2 });
}
