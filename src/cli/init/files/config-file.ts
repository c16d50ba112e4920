import { CONFIG_FILE, configuredName } from "../../command/project.ts";
import { printable } from "../../print/table.ts";
import type { SurveyedTable } from "../survey/survey.ts";
import { newFile, type Proposal, same } from "./proposal.ts";

/** What the configuration is to say. */
export interface ConfigPlan {
  /** The first is the default one. */
  readonly schemas: readonly string[];
  /** All that the survey has found. */
  readonly tables: readonly SurveyedTable[];
  /** Those to be cached: `schema.name`. */
  readonly chosen: ReadonlySet<string>;
  /** Without capture, the configuration has to say what answers depend on. */
  readonly declares: boolean;
  readonly locationHint: string | undefined;
}

/** The proposal for a `tidemark.config.ts`, where there is none yet. */
export function configFile(plan: ConfigPlan): Proposal {
  const { schemas, tables, locationHint } = plan;
  const lines = [
    'import { defineConfig } from "tidemark/config";',
    "",
    "// The tables whose reads are cached, and how old an answer may be. Tables that are not here pass through.",
    "// Every field: https://www.npmjs.com/package/tidemark, docs/configuration.md",
    "export default defineConfig({",
    "  tables: {",
    ...tables.flatMap((table) => entryOf(table, plan)),
    "  },",
    ...(schemas.join() === "public" ? [] : [`  schemas: [${schemas.map(literal).join(",")}],`]),
    locationHint === undefined
      ? '  // keeper: { locationHint: "weur" }, // the region nearest to your database, before the first deploy'
      : `  keeper: { locationHint: "${locationHint}" },`,
    "});",
    "",
  ];
  return newFile(CONFIG_FILE, lines.join("\n"));
}

/**
 * The proposal for a configuration that is there: the tables that it does not know yet. Those that stand in it as a comment
 * are known, and left out on purpose.
 *
 * @param text what is there
 * @param configured the tables in it
 */
export function moreTables(text: string, configured: ReadonlySet<string>, plan: ConfigPlan): Proposal {
  const found = plan.tables.filter(
    ({ relation }) => !configured.has(relation) && !isLeftOut(text, relation, plan.schemas),
  );
  if (found.length === 0) return same(CONFIG_FILE);
  const added = found.flatMap((table) => entryOf(table, plan));
  const opening = /^[ \t]*tables:[ \t]*\{[ \t]*(?:\/\/[^\n]*)?\r?\n/m.exec(text);
  if (opening === null) return { kind: "by-hand", path: CONFIG_FILE, lines: added };
  const at = opening.index + opening[0].length;
  const end = opening[0].endsWith("\r\n") ? "\r\n" : "\n";
  const content = `${text.slice(0, at)}${added.map((line) => line + end).join("")}${text.slice(at)}`;
  return { kind: "write", path: CONFIG_FILE, before: text, content, added };
}

/** Whether a configuration has a relation as a comment. */
export function isLeftOut(text: string, relation: string, schemas: readonly string[]): boolean {
  const name = nameOf(relation, schemas);
  return new RegExp(`//\\s*(?:["']?${escaped(name)}["']?|${escaped(keyOf(name))}):`).test(text);
}

function entryOf(table: SurveyedTable, { schemas, chosen, declares }: ConfigPlan): readonly string[] {
  const { relation, prospects, dependsOn } = table;
  const key = keyOf(nameOf(relation, schemas));
  const why = prospects.map(({ words }) => `    // ${oneLine(words)}`);
  if (!chosen.has(relation)) return [...why, `    // ${key}: true,`];
  const depends =
    declares && dependsOn.length > 0
      ? `, dependsOn: [${dependsOn.map((each) => literal(nameOf(each, schemas))).join(",")}]`
      : "";
  // Nothing is said where everybody shares, and changes refresh.
  const isPlain = prospects.every(({ how, words }) => how === "changes" && !/ answers by /.test(words));
  return [...(isPlain ? [] : why), `    ${key}: { freshness: "10s"${depends} },`];
}

function nameOf(relation: string, [defaultSchema = "public"]: readonly string[]): string {
  return configuredName(relation, defaultSchema);
}

function keyOf(name: string): string {
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name) ? name : literal(name);
}

/** A string of JavaScript, of characters that an editor shows: some turn the direction of writing, or are not seen. */
function literal(text: string): string {
  // What `printable` writes for them, JavaScript reads in a string.
  return printable(JSON.stringify(text));
}

/** For a regular expression. `RegExp.escape` needs Node 24. */
function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** Names of policies may hold line breaks, which would end a comment, and whatever else a name can. */
function oneLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, " "));
}
