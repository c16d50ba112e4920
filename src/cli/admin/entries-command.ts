import { defineCommand } from "citty";
import { strictFlags } from "../command/strict-flags.ts";
import { paintFor } from "../print/paint.ts";
import { countedOf, countOf } from "../print/quantities.ts";
import { shellWord } from "../print/shell.ts";
import { printable } from "../print/table.ts";
import { adminClient, GATEWAY_FLAG, JSON_FLAG, printJson, printLines } from "./admin-client.ts";
import { entriesShape, entryLines, limitOf, longLines, notesOn } from "./entries-shape.ts";
import { shownEntries } from "./shown-entries.ts";

const ORDERS: ("key" | "reads" | "fills" | "invalidations")[] = ["key", "reads", "fills", "invalidations"];

const args = {
  prefix: {
    type: "positional",
    required: false,
    description: "Only queries that begin so: /rest/v1/articles",
  },
  gateway: GATEWAY_FLAG,
  search: { type: "string", valueHint: "text", description: "Only queries whose key contains it" },
  sort: { type: "enum", options: ORDERS, description: "By key, or the largest number first" },
  long: { type: "boolean", description: "With what each depends on, who shares it, and what invalidated it" },
  limit: { type: "string", valueHint: "n", description: "How many, at most 1000 (100)", default: "100" },
  cursor: { type: "string", valueHint: "text", description: "From here on, as the page before says" },
  json: JSON_FLAG,
} as const;

/** `tidemark entries`: a page of the queries that the keeper knows. */
export const entriesCommand = defineCommand({
  meta: { name: "entries", description: "The cached queries, page by page" },
  args,
  plugins: [strictFlags("entries", args, 1)],
  async run({ args }) {
    const client = adminClient(args.gateway);
    const limit = limitOf(args.limit, 1_000);
    const query = new URLSearchParams({ limit: String(limit), prefix: args.prefix ?? "" });
    for (const name of ["search", "sort", "cursor"] as const) {
      const value = args[name];
      if (value !== undefined) query.set(name, value);
    }
    const answer = await client.get(`entries?${query}`);
    if (args.json) return printJson(answer);
    const { entries, cursor, total } = await client.read(entriesShape, answer);
    const paint = paintFor(process.stdout);
    if (total === 0) return printLines([noneOf(args.prefix, args.search)]);
    const shown = await shownEntries(client, entries);
    const more = cursor === null ? "" : `; the next page: --cursor ${shellWord(cursor)}`;
    printLines([
      ...(args.long ? longLines(shown, paint) : entryLines(shown, paint, process.stdout.columns)),
      "",
      paint("dim", `${countOf(entries.length)} of ${countedOf(total, "query", "queries")}${more}`),
      ...notesOn(shown, paint),
    ]);
  },
});

function noneOf(prefix: string | undefined, search: string | undefined): string {
  if (prefix) return `No query begins with ${printable(prefix)}: they begin with /rest/v1/`;
  if (search) return `No query's key contains ${printable(search)}`;
  return "No query is known yet: read something through the gateway";
}
