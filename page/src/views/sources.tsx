import { count, share } from "../figures/format.ts";
import { Panel } from "../parts/figures.tsx";
import { Table } from "../parts/table.tsx";

/** By the `detail` of `Cache-Status`. */
const DETAILS: Readonly<Record<string, string>> = {
  memory: "an isolate's memory",
  verified: "an isolate's memory, once the keeper had proven it",
  colo: "the data centre's cache",
  kv: "Workers KV",
  keeper: "the keeper",
  revalidating: "an older answer, refilled behind",
  "stale-while-revalidate": "an answer past its bound, as its table allows, checked behind",
  "stale-if-error": "an older answer, as the database failed",
  "uri-miss": "the database, for the first time",
  stale: "the database, after a change",
  collapsed: "another reader's fill",
  unreachable: "nowhere: the database was unreachable",
  timeout: "nowhere: the database took too long",
};

/** Where answers came from, bypasses aside. */
export function Sources({
  details = {},
}: {
  readonly details: Readonly<Record<string, number>> | undefined;
}) {
  const rows = Object.entries(details).toSorted(([, a], [, b]) => b - a);
  const total = rows.reduce((sum, [, times]) => sum + times, 0);
  if (rows.length === 0) return null;
  return (
    <Panel title="Where answers came from">
      <Table
        caption="Where answers came from"
        rows={rows}
        keyOf={([detail]) => detail}
        columns={[
          { name: "From", cell: ([detail]) => (Object.hasOwn(DETAILS, detail) ? DETAILS[detail] : detail) },
          { name: "Reads", isFigure: true, cell: ([, times]) => count(times) },
          { name: "Share", isFigure: true, cell: ([, times]) => share(times, total) },
        ]}
      />
    </Panel>
  );
}
