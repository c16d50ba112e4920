import { COUNTERS } from "../site/database.ts";
import type { SqlAttack } from "./attack.ts";

/** What a role does to its own rows: it has the right to, and capture has to cope. */
export const WRITES: readonly SqlAttack[] = [
  {
    kind: "sql",
    name: "large-rows",
    what: "a counter updated beside a text of 464 KB that does not change",
    perSecond: 0.5,
    statement: (n) => `update counters set hits = hits + 1 where id = ${1 + (n % (COUNTERS - 1))}`,
  },
  {
    kind: "sql",
    name: "hot-row",
    what: "one small row, updated again and again",
    perSecond: 8,
    statement: () => `update counters set hits = hits + 1 where id = ${COUNTERS}`,
  },
  {
    kind: "sql",
    name: "bulk-update",
    what: "500 rows of 5 KB in a statement",
    perSecond: 0.5,
    statement: () => "update documents set price = price + 1, version = version + 1 where id <= 500",
  },
];
