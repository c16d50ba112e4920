import { readFileSync } from "node:fs";
import { defineCommand } from "citty";
import * as v from "valibot";
import { CommandError } from "../command/command-error.ts";
import { strictFlags } from "../command/strict-flags.ts";
import { paintFor } from "../print/paint.ts";
import { type Column, tableLines } from "../print/table.ts";
import { adminClient, GATEWAY_FLAG, JSON_FLAG, printJson, printLines, queryOf } from "./admin-client.ts";

const args = {
  query: { type: "positional", required: false, description: "Paths or URLs of reads" },
  file: { type: "string", valueHint: "file", description: "A file with a query a line; - reads stdin" },
  gateway: GATEWAY_FLAG,
  json: JSON_FLAG,
} as const;

/** A request on the Free plan may make 50 others, and a cold query takes two or three. */
const AT_ONCE = 20;

const warmedShape = v.object({
  results: v.array(
    v.union([
      v.object({ query: v.string(), status: v.number(), cacheStatus: v.string() }),
      v.object({ query: v.string(), bypass: v.string() }),
    ]),
  ),
});
type WarmedQuery = v.InferOutput<typeof warmedShape>["results"][number];

/** `tidemark warm`: reads queries through the cache, twenty at a time. Exit code 1 when one of them is not cached now. */
export const warmCommand = defineCommand({
  meta: { name: "warm", description: "Reads queries through the cache, so that readers find them there" },
  args,
  plugins: [strictFlags("warm", args, Number.POSITIVE_INFINITY)],
  async run({ args }) {
    const queries = [...args._, ...(args.file === undefined ? [] : linesOf(args.file))].map(queryOf);
    if (queries.length === 0) {
      const hint = "For example: tidemark warm '/rest/v1/articles?select=id'";
      throw new CommandError("name at least one query, or a --file", hint, { exitCode: 2 });
    }
    const client = adminClient(args.gateway);
    const results: WarmedQuery[] = [];
    for (let at = 0; at < queries.length; at += AT_ONCE) {
      const answer = await client.post("warm", { queries: queries.slice(at, at + AT_ONCE) });
      results.push(...(await client.read(warmedShape, answer)).results);
    }
    if (!results.every(isCached)) process.exitCode = 1;
    if (args.json) return printJson({ results });
    printLines(tableLines(results, COLUMNS, paintFor(process.stdout), process.stdout.columns));
  },
});

const COLUMNS: readonly Column<WarmedQuery>[] = [
  { title: "status", text: (result) => ("bypass" in result ? "-" : String(result.status)), align: "right" },
  {
    title: "cache",
    text: (result) =>
      "bypass" in result ? `bypass: ${result.bypass}` : result.cacheStatus.replace(/^tidemark; /, ""),
    colour: (result) => (isCached(result) ? "green" : "red"),
  },
  { title: "query", text: ({ query }) => query },
];

/** `hit` and `stored` say that the answer is there for the next reader. */
function isCached(result: WarmedQuery): boolean {
  return !("bypass" in result) && /^tidemark; (hit|.*\bstored\b)/.test(result.cacheStatus);
}

function linesOf(file: string): readonly string[] {
  try {
    const text = readFileSync(file === "-" ? 0 : file, "utf8");
    return text.split("\n").flatMap((line) => line.trim() || []);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(
      `${file} cannot be read: ${code}`,
      "A query a line, such as /rest/v1/articles?select=id",
      {
        exitCode: 2,
        cause: error,
      },
    );
  }
}
