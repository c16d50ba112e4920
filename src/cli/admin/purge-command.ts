import { defineCommand } from "citty";
import * as v from "valibot";
import { CommandError } from "../command/command-error.ts";
import { strictFlags } from "../command/strict-flags.ts";
import { countedOf } from "../print/quantities.ts";
import { adminClient, GATEWAY_FLAG, JSON_FLAG, printJson, printLines, queryOf } from "./admin-client.ts";

const args = {
  query: { type: "positional", required: false, description: "Paths or URLs of reads, or keys of entries" },
  table: { type: "string", valueHint: "name", description: "Everything that depends on this table" },
  prefix: { type: "string", valueHint: "path", description: "All queries that begin so: /rest/v1/articles" },
  all: { type: "boolean", description: "Everything" },
  gateway: GATEWAY_FLAG,
  json: JSON_FLAG,
} as const;

/** The gateway takes as many keys at once. */
const MOST = 1_000;

/** `tidemark purge`: invalidates queries, everywhere; the next read of each asks the database. */
export const purgeCommand = defineCommand({
  meta: { name: "purge", description: "Forgets answers: of queries, of a table, or all" },
  args,
  plugins: [strictFlags("purge", args, MOST)],
  async run({ args }) {
    const body = bodyOf(args);
    const client = adminClient(args.gateway);
    const answer = await client.post("purge", body);
    if (args.json) return printJson(answer);
    const { purged } = await client.read(v.object({ purged: v.number() }), answer);
    printLines([`${countedOf(purged, "query was", "queries were")} invalidated`]);
  },
});

interface Order {
  readonly _: readonly string[];
  readonly table?: string | undefined;
  readonly prefix?: string | undefined;
  readonly all?: boolean | undefined;
}

function bodyOf({ _: queries, table, prefix, all }: Order): object {
  const bodies = [
    ...(queries.length === 0 ? [] : [{ keys: queries.map(queryOf) }]),
    ...(table === undefined ? [] : [{ table }]),
    ...(prefix === undefined ? [] : [{ prefix }]),
    ...(all ? [{ all }] : []),
  ];
  const [body] = bodies;
  if (body !== undefined && bodies.length === 1) return body;
  const hint = "For example: tidemark purge '/rest/v1/articles?select=id', or --table articles";
  throw new CommandError("name exactly one of queries, --table, --prefix and --all", hint, { exitCode: 2 });
}
