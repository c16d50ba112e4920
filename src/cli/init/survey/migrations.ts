import { statementsOf } from "./sql-statements.ts";
import { StatementReader } from "./statement-reader.ts";
import { hasRowSecurity, type SurveyedPolicy, type SurveyedTable, sortedByName } from "./survey.ts";

interface Written {
  readonly kind: SurveyedTable["kind"];
  rowSecurity: boolean;
  readonly policies: Map<string, SurveyedPolicy>;
}

type Relations = Map<string, Written>;

/**
 * The tables that migrations leave behind, by what they create, rename and drop in plain statements. What they do in
 * functions and `do` blocks is not seen, nor what happened in the database besides them.
 *
 * @param scripts in their order
 * @param schemas that the API exposes
 */
export function tablesInMigrations(
  scripts: readonly string[],
  schemas: readonly string[],
): readonly SurveyedTable[] {
  const relations: Relations = new Map();
  for (const statement of scripts.flatMap(statementsOf)) {
    const reader = new StatementReader(statement);
    if (reader.take("create")) create(reader, relations);
    else if (reader.take("drop")) drop(reader, relations);
    else if (reader.take("alter", "table")) alterTable(reader, relations);
  }
  const tables = [...relations]
    .filter(([relation]) => schemas.includes(relation.slice(0, relation.indexOf("."))))
    .map(([relation, { kind, rowSecurity, policies }]): SurveyedTable => {
      const isTable = hasRowSecurity(kind);
      return {
        relation,
        kind,
        rowSecurity: isTable ? rowSecurity : undefined,
        policies: isTable ? [...policies.values()] : undefined,
        prospects: [],
        dependsOn: [],
      };
    });
  return sortedByName(tables);
}

function create(reader: StatementReader, relations: Relations): void {
  if (reader.take("policy")) {
    createPolicy(reader, relations);
    return;
  }
  reader.take("or", "replace");
  // Those of a session are not there for the API.
  if (reader.take("temporary") || reader.take("temp")) return;
  reader.skip("global", "local", "unlogged", "recursive");
  const kind = kindOf(reader);
  if (kind === undefined) return;
  reader.take("if", "not", "exists");
  const relation = reader.relation();
  if (relation === undefined || relations.has(relation)) return;
  // A partition is read through its parent.
  if (kind === "table" && reader.take("partition", "of")) return;
  const isPartitioned = kind === "table" && reader.find("partition", "by");
  relations.set(relation, {
    kind: isPartitioned ? "partitioned" : kind,
    rowSecurity: false,
    policies: new Map(),
  });
}

function kindOf(reader: StatementReader): SurveyedTable["kind"] | undefined {
  if (reader.take("table")) return "table";
  if (reader.take("view")) return "view";
  if (reader.take("materialized", "view")) return "materialized";
  return reader.take("foreign", "table") ? "foreign" : undefined;
}

function createPolicy(reader: StatementReader, relations: Relations): void {
  const name = reader.name();
  const relation = reader.take("on") ? reader.relation() : undefined;
  const written = relation === undefined ? undefined : relations.get(relation);
  if (name === undefined || written === undefined) return;
  if (reader.take("as")) reader.name();
  const command = reader.take("for") ? reader.name() : "all";
  if (command !== "all" && command !== "select") return;
  const roles: string[] = [];
  if (reader.take("to")) {
    do roles.push(reader.name() ?? "");
    while (reader.symbol(","));
  }
  const using = reader.take("using") ? reader.bracketed() : "";
  written.policies.set(name, { name, roles: roles.filter((role) => role !== "public"), using });
}

function drop(reader: StatementReader, relations: Relations): void {
  if (reader.take("policy")) {
    reader.take("if", "exists");
    const name = reader.name();
    const relation = reader.take("on") ? reader.relation() : undefined;
    if (name !== undefined && relation !== undefined) relations.get(relation)?.policies.delete(name);
    return;
  }
  if (kindOf(reader) === undefined) return;
  reader.take("if", "exists");
  do relations.delete(reader.relation() ?? "");
  while (reader.symbol(","));
}

function alterTable(reader: StatementReader, relations: Relations): void {
  reader.take("if", "exists");
  reader.take("only");
  const relation = reader.relation() ?? "";
  const written = relations.get(relation);
  if (written === undefined) return;
  const dot = relation.indexOf(".");
  const move = (to: string) => {
    relations.delete(relation);
    relations.set(to, written);
  };
  if (reader.take("rename", "to")) move(`${relation.slice(0, dot)}.${reader.name()}`);
  else if (reader.take("set", "schema")) move(`${reader.name()}${relation.slice(dot)}`);
  else if (reader.find("enable", "row", "level", "security")) written.rowSecurity = true;
  else if (reader.find("disable", "row", "level", "security")) written.rowSecurity = false;
}
