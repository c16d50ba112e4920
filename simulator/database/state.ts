import type { OutboxRow } from "./outbox.ts";
import { type Definition, FIRST_DEFINITION, type Row, type TableName } from "./rows.ts";
import type { Snapshot } from "./snapshot.ts";

/** Which transaction changed the schema and, as in `OutboxRow`, which one put the record there. */
export interface SchemaChange {
  readonly txid: number;
  readonly xmin: number;
}

/** Everything that a backup holds. */
export interface State {
  readonly rows: Readonly<Record<TableName, Map<number, Row>>>;
  definition: Definition;
  outbox: OutboxRow[];
  /** Transactions that changed the schema, and how many of them have been pruned. */
  schemaChanges: SchemaChange[];
  schemaVersion: number;
  pruned: Snapshot | null;
  prunedThrough: number | null;
  nextPrune: Snapshot | null;
  nextPruneAt: number | null;
  incarnation: number;
  nextXid: number;
  nextRow: number;
  committed: Set<number>;
  latestCompleted: number;
}

export function newState(incarnation = 1): State {
  return {
    rows: rowsBy(() => new Map()),
    definition: FIRST_DEFINITION,
    outbox: [],
    schemaChanges: [],
    schemaVersion: 0,
    pruned: null,
    prunedThrough: null,
    nextPrune: null,
    nextPruneAt: null,
    incarnation,
    nextXid: 700,
    nextRow: 1,
    committed: new Set(),
    latestCompleted: 699,
  };
}

export function copyOf(state: State): State {
  const { rows, outbox, schemaChanges, committed } = state;
  return {
    ...state,
    rows: rowsBy((table) => new Map(rows[table])),
    outbox: [...outbox],
    schemaChanges: [...schemaChanges],
    committed: new Set(committed),
  };
}

function rowsBy(of: (table: TableName) => Map<number, Row>): State["rows"] {
  return {
    ...{ items: of("items"), notes: of("notes") },
    ...{ posts: of("posts"), bookmarks: of("bookmarks"), docs: of("docs"), memberships: of("memberships") },
  };
}
