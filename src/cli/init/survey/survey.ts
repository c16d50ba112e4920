/** A row-level security policy for reading, as Postgres or a migration says it. */
export interface SurveyedPolicy {
  readonly name: string;
  /** Empty: everybody. */
  readonly roles: readonly string[];
  /** Its USING expression; empty when it is not known. */
  readonly using: string;
}

/** What Tidemark could do for reads of a table. */
export interface Prospect {
  /** Whom it is about. */
  readonly reader: "anonymous" | "signed-in";
  /**
   * changes: answers are refreshed by the changes that touch them. age: they are fetched again once `freshness` has passed.
   * bypass: they pass through. nothing: there is nothing to see.
   */
  readonly how: "changes" | "age" | "bypass" | "nothing";
  /** For people: a sentence without a full stop. */
  readonly words: string;
}

/** One table or view that the API exposes. */
export interface SurveyedTable {
  /** `schema.name` */
  readonly relation: string;
  /** unknown: the source tells names only. */
  readonly kind: "table" | "partitioned" | "view" | "materialized" | "foreign" | "unknown";
  /** Undefined when the source does not tell, and for views. */
  readonly rowSecurity: boolean | undefined;
  /** Undefined when the source does not tell. */
  readonly policies: readonly SurveyedPolicy[] | undefined;
  /** What is known of readers without and with a session; empty where only the database could tell. */
  readonly prospects: readonly Prospect[];
  /** Other relations that its answers depend on, as far as they are known: `schema.name`, sorted. */
  readonly dependsOn: readonly string[];
}

/** A table of which the name alone is known. */
export function nameAlone(relation: string): SurveyedTable {
  return {
    relation,
    kind: "unknown",
    rowSecurity: undefined,
    policies: undefined,
    prospects: [],
    dependsOn: [],
  };
}

export function sortedByName(tables: readonly SurveyedTable[]): readonly SurveyedTable[] {
  return tables.toSorted((a, b) => (a.relation < b.relation ? -1 : 1));
}

/** Whether row-level security means anything for such a relation. */
export function hasRowSecurity(kind: SurveyedTable["kind"]): boolean {
  return kind === "table" || kind === "partitioned";
}

/** The tables of a project, and where they were read. */
export interface Survey {
  /** For people, such as `the database`. Null: nobody was asked, and these are the names that somebody gave. */
  readonly source: string | null;
  /** Sorted by name, unless somebody has named them. */
  readonly tables: readonly SurveyedTable[];
}

/** The same tables where changes come as webhooks: then nobody's answers are shared but those of anonymous readers. */
export function withWebhooks({ source, tables }: Survey): Survey {
  return {
    source,
    tables: tables.map((table) => ({ ...table, prospects: table.prospects.map(anonymousOnly) })),
  };
}

function anonymousOnly(prospect: Prospect): Prospect {
  if (prospect.reader === "anonymous" || prospect.how === "nothing") return prospect;
  return {
    ...{ reader: "signed-in", how: "bypass" },
    words: "who signs in: their reads pass through, because changes come as webhooks",
  };
}

/** Whether a table is worth caching, as far as is known. */
export function isRecommended({ kind, prospects }: SurveyedTable): boolean {
  if (prospects.length > 0) return prospects.some(({ how }) => how === "changes");
  return kind !== "materialized" && kind !== "foreign";
}
