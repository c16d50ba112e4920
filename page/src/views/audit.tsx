import type { Cause, Finding } from "../../../src/keeper/protocol/statistics.ts";
import type { Desktop } from "../desktop.ts";
import { count, dayAndTime, plural, UNKNOWN } from "../figures/format.ts";
import { correctness, percent } from "../figures/nines.ts";
import { Figure, Figures, Panel } from "../parts/figures.tsx";
import { Empty, Known } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";

const CAUSES: Readonly<Record<Cause, string>> = {
  "table-not-watched": "No change of its tables was ever heard of: they are not watched, or have no webhook.",
  "webhook-lost": "A webhook was lost. Capture loses none.",
  "webhook-lost-or-undeclared-dependency":
    "A webhook was lost, or a policy or view reads the clock or a table that dependsOn does not name.",
  "undeclared-dependency": "A function reads something that no catalogue lists and dependsOn does not name.",
  "readers-differ":
    "Readers who sign in got different answers. None of these answers is shared until the schema changes.",
};

export function AuditView({ stats }: Desktop) {
  return (
    <Known of={stats} what="the audit">
      {({ audits, auditDifferences: wrong, auditRight, findings, shadowReads, shadowWrong }) => {
        const right = auditRight ?? audits - wrong;
        const known = correctness(right, wrong);
        return (
          <>
            <Figures label="Audit">
              <Figure
                label="Sampled answers that were right"
                value={known === null ? UNKNOWN : `${count(right)} of ${count(right + wrong)}`}
                note={known === null ? "none has been sampled yet" : percent(known.seen)}
                tone={known === null ? undefined : wrong > 0 ? "bad" : "good"}
              />
              <Figure
                label="Nines"
                value={known === null ? UNKNOWN : known.nines.toFixed(1)}
                note={
                  known === null
                    ? "a sample a minute, while somebody reads"
                    : `at least ${percent(known.atLeast)} are right, with 95 % confidence`
                }
              />
              <Figure
                label="Shadow mode"
                value={
                  shadowReads === 0 ? UNKNOWN : `${count(shadowReads - shadowWrong)} of ${count(shadowReads)}`
                }
                note={shadowReads === 0 ? "has not been on" : "hits would have been right"}
                tone={shadowWrong > 0 ? "bad" : undefined}
              />
            </Figures>
            <Panel title="Findings" note={plural(findings.length, "finding")}>
              {findings.length === 0 ? (
                <Empty>No wrong answer was found.</Empty>
              ) : (
                <Table<Finding>
                  caption="Findings of the audit"
                  rows={findings}
                  keyOf={({ at, path }) => `${at} ${path}`}
                  columns={[
                    { name: "At", cell: ({ at }) => <time dateTime={at}>{dayAndTime(at)}</time> },
                    { name: "Table", cell: ({ relation }) => relation },
                    { name: "Query", cell: ({ path }) => <code class="query">{path}</code> },
                    {
                      name: "Likely cause",
                      cell: ({ cause }) => (Object.hasOwn(CAUSES, cause) ? CAUSES[cause] : cause),
                    },
                  ]}
                />
              )}
            </Panel>
          </>
        );
      }}
    </Known>
  );
}
