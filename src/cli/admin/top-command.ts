import { defineCommand } from "citty";
import { strictFlags } from "../command/strict-flags.ts";
import { paintFor } from "../print/paint.ts";
import { countedOf, countOf } from "../print/quantities.ts";
import { adminClient, GATEWAY_FLAG, JSON_FLAG } from "./admin-client.ts";
import { entriesShape, entryLines, limitOf, notesOn } from "./entries-shape.ts";
import { shownEntries } from "./shown-entries.ts";
import { showOnceOrWatch, WATCH_FLAGS } from "./watch.ts";

const ORDERS: ("reads" | "fills" | "invalidations")[] = ["reads", "fills", "invalidations"];

const args = {
  gateway: GATEWAY_FLAG,
  by: { type: "enum", options: ORDERS, description: "What counts (reads)", default: "reads" },
  limit: { type: "string", valueHint: "n", description: "How many, at most 1000 (20)", default: "20" },
  json: JSON_FLAG,
  ...WATCH_FLAGS,
} as const;

/** `tidemark top`: the queries with most reads, fills or invalidations, since the keeper knows them. */
export const topCommand = defineCommand({
  meta: { name: "top", description: "The queries that are read, filled or invalidated most" },
  args,
  plugins: [strictFlags("top", args)],
  async run({ args }) {
    const client = adminClient(args.gateway);
    const limit = limitOf(args.limit, 1_000);
    const paint = paintFor(process.stdout);
    const ask = () => client.get(`entries?sort=${args.by}&limit=${limit}`);
    await showOnceOrWatch(args, ask, async (answer) => {
      const { entries, total } = await client.read(entriesShape, answer);
      const shown = await shownEntries(client, entries);
      return [
        ...entryLines(shown, paint, process.stdout.columns),
        "",
        paint("dim", `${countOf(entries.length)} of ${countedOf(total, "query", "queries")}, by ${args.by}`),
        ...notesOn(shown, paint),
      ];
    });
  },
});
