import { printable } from "../print/table.ts";
import type { Proposal } from "./files/proposal.ts";
import type { Survey, SurveyedTable } from "./survey/survey.ts";

/** Each table with its policies and what Tidemark can do for it, as text for people. */
export function surveyText({ source, tables }: Survey): string {
  const lines = [
    source === null
      ? "Tables that you name, without asking whether the API shows them:"
      : `Tables that the API shows, by ${printable(source)}:`,
    "",
    // Whoever owns a table gives it its name.
    ...tables.flatMap(linesOf).map(printable),
  ];
  if (tables.length === 0) lines.push("  none", "");
  else if (tables.every(({ prospects }) => prospects.length === 0)) {
    lines.push(
      "What Tidemark can do for each, only the database itself tells: set DATABASE_URL, or run tidemark doctor later.",
    );
    lines.push("");
  }
  return `${lines.join("\n")}\n`;
}

function linesOf({ relation, kind, rowSecurity, policies, prospects }: SurveyedTable): readonly string[] {
  const what = kind === "unknown" ? "" : `  (${KINDS[kind]}${SECURITY[String(rowSecurity)] ?? ""})`;
  return [
    `  ${relation}${what}`,
    ...(policies ?? []).map(({ name, roles, using }) => {
      const whom = roles.length === 0 ? "" : ` to ${roles.join(", ")}`;
      return `      policy${name === "" ? "" : ` ${name}`}${whom}: ${cut(using)}`
        .replaceAll(/\s+/g, " ")
        .replace(/^ /, "      ");
    }),
    ...prospects.map(({ how, words }) => `    ${MARKS[how]} ${words}`),
  ];
}

const KINDS: Readonly<Record<Exclude<SurveyedTable["kind"], "unknown">, string>> = {
  table: "table",
  partitioned: "partitioned table",
  view: "view",
  materialized: "materialized view",
  foreign: "foreign table",
};

const SECURITY: Readonly<Record<string, string>> = {
  true: ", row-level security",
  false: ", no row-level security: everybody with the publishable key may read every row",
};

const MARKS = { changes: "✓", age: "!", bypass: "-", nothing: "-" } as const;

const LONGEST_CONDITION = 100;

function cut(condition: string): string {
  if (condition === "") return "(any row)";
  return condition.length <= LONGEST_CONDITION ? condition : `${condition.slice(0, LONGEST_CONDITION)}…`;
}

/** What a proposal would do. */
export function proposalText(proposal: Proposal): string {
  return linesOfProposal(proposal).map(printable).join("\n");
}

function linesOfProposal(proposal: Proposal): readonly string[] {
  if (proposal.kind === "same") return [`  ${proposal.path}: as it should be`];
  if (proposal.kind === "by-hand") {
    return [
      `  ${proposal.path}: please add these lines yourself:`,
      ...proposal.lines.map((line) => `    ${line}`),
    ];
  }
  const { path, before, content, added } = proposal;
  if (before === null) return [`  ${path}: new, ${content.trimEnd().split("\n").length} lines`];
  return [`  ${path}: adds`, ...added.map((line) => `    + ${line.trim()}`)];
}
