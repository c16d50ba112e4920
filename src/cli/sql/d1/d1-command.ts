import { installD1Sql, offD1Sql, removeD1Sql, scriptOf } from "../../../capture/d1/install-sql.ts";
import { STATE, WATCHED } from "../../../capture/d1/names.ts";
import {
  type D1CaptureOptions,
  D1OptionsError,
  type WatchPlan,
  watchPlans,
} from "../../../capture/d1/options.ts";
import { REMEMBERED_QUESTIONS, type Remembered, rememberedOf } from "../../../capture/d1/remembered.ts";
import type { D1Schema } from "../../../capture/d1/schema/schema.ts";
import { VERSION } from "../../../runtime/version.ts";
import { CommandError } from "../../command/command-error.ts";
import { namesIn } from "../../command/names-in.ts";
import { askD1, askSchema, type D1Target } from "./ask-d1.ts";

/** The flags that go with `--d1`. */
interface D1Flags {
  readonly d1: string;
  readonly remote?: boolean | undefined;
  readonly env?: string | undefined;
  readonly tables?: string | undefined;
  readonly follow?: string | undefined;
  readonly quiet?: string | undefined;
  readonly coarse?: string | undefined;
  readonly off?: boolean | undefined;
  readonly remove?: boolean | undefined;
}

/**
 * `tidemark sql --d1`: prints the migration of a D1 database on stdout, and what to do with it on stderr. What no flag names
 * stays as it is installed.
 *
 * @throws CommandError
 */
export async function printD1Sql(flags: D1Flags): Promise<void> {
  const target: D1Target = { database: flags.d1, remote: flags.remote ?? false, env: flags.env };
  const schema = await askSchema(target);
  if (flags.remove) return print([`-- Removes what Tidemark ${VERSION} has installed.`], removeD1Sql(schema));
  if (flags.off) {
    print(["-- Takes Tidemark's triggers off. tidemark sql --d1 puts them back."], offD1Sql(schema));
    process.stderr.write("Until they are back, nothing that is read from this database is cached.\n");
    return;
  }
  const { options, gone } = await remembered(target, schema);
  const wanted: D1CaptureOptions = {
    tables: flags.tables === "all" ? undefined : (namesIn(flags.tables) ?? options.tables),
    follow: listed(flags.follow) ?? options.follow,
    quiet: listed(flags.quiet) ?? options.quiet,
    coarse: listed(flags.coarse) ?? options.coarse,
  };
  try {
    const lines = watchPlans(schema, wanted).map(lineOf);
    print([`-- Made by tidemark ${VERSION}. Watches:`, ...lines], installD1Sql(schema, wanted));
  } catch (error) {
    if (!(error instanceof D1OptionsError)) throw error;
    const hint = HINTS[error.code] ?? "docs/d1.md describes the options";
    throw new CommandError(`${error.message} (${error.code})`, hint, { exitCode: 2, cause: error });
  }
  process.stderr.write(nextSteps(target, gone));
}

const WHOSE = "The schema is that of the database on this machine; with --remote, of the one at Cloudflare";

const HINTS: Partial<Record<D1OptionsError["code"], string>> = {
  "no-such-table": WHOSE,
  "no-such-column": WHOSE,
  "not-a-column": "For example: --follow posts.author_id,comments.post_id",
  "type-not-followed":
    "Numbers, texts, booleans, uuid and blob are; rows() of another column counts as its table",
};

async function remembered(target: D1Target, schema: D1Schema): Promise<Remembered> {
  const isInstalled = [STATE, WATCHED].every((name) => schema.tables.some((table) => table.name === name));
  return rememberedOf(schema, isInstalled ? await askD1(target, REMEMBERED_QUESTIONS) : []);
}

/** @returns undefined without the flag; an empty list for `none` */
function listed(flag: string | undefined): readonly string[] | undefined {
  return flag === "none" ? [] : namesIn(flag);
}

function print(comments: readonly string[], statements: readonly string[]): void {
  process.stdout.write(`${comments.map(oneLine).join("\n")}\n\n${scriptOf(statements)}`);
}

/** A name may hold a line break, behind which the comment would have ended. */
const oneLine = (comment: string) => comment.replace(/[\r\n\u2028\u2029]+/g, " ");

function lineOf({ table, followed, quiet, coarse }: WatchPlan): string {
  const names = (columns: WatchPlan["followed"]) => columns.map(({ name }) => name).join(", ");
  const told = coarse ? "as a whole" : followed.length === 0 ? "no column" : names(followed);
  return `--   ${table.name}: ${told}${quiet.length === 0 ? "" : ` (quiet: ${names(quiet)})`}`;
}

function nextSteps({ database, remote, env }: D1Target, gone: readonly string[]): string {
  const environment = env === undefined ? "" : ` --env ${env}`;
  const lines = [
    ...(gone.length === 0 ? [] : [`No longer followed, as the schema has changed: ${gone.join(", ")}`, ""]),
    "Next: put the SQL into a migration and apply it, after all others that change these tables:",
    `     npx wrangler d1 migrations create ${database} tidemark${environment}`,
    `     npx wrangler d1 migrations apply ${database}${environment} ${remote ? "--remote" : "--local"}`,
    "Do so again after each migration that changes a watched table: until then it is not cached.",
    "Then check the result:",
    `     npx tidemark doctor --d1 ${database}${environment}${remote ? " --remote" : ""}`,
    "",
  ];
  return lines.join("\n");
}
