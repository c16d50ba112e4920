import type { Random } from "../random.ts";
import { type ColumnType, columnType } from "../types.ts";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly writable: boolean;
  /** A function over the row: not part of `*`. */
  readonly computed?: boolean;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Columns that identify a row. */
  readonly key: readonly string[];
  readonly writable: boolean;
  /** Nobody may read it through the API: it is not configured, and nobody is told of its changes. */
  readonly isUnseen?: boolean;
}

/** How an embedded relation joins, written down here by hand: what is tested must not be its own judge. */
interface Join {
  readonly parent: string;
  /** How a query names it: the target, or a column or a constraint, with a hint perhaps. */
  readonly name: string;
  readonly hint?: string;
  readonly target: string;
  readonly many: boolean;
  /** SQL with $p for the parent's alias and $t for the target's. */
  readonly on: string;
}

export interface World {
  readonly sql: string;
  readonly tables: readonly Table[];
  readonly joins: readonly Join[];
  /** The tables that somebody watches: partitions and heirs are theirs. */
  readonly watched: readonly string[];
  /** Names under which changes may be told besides those watched: partitions, as webhooks name them. */
  readonly leaves?: readonly string[];
  /** Whether answers depend on relations that no query names: those of policies, views, partitions and heirs. */
  readonly hasHidden: boolean;
  /** Whether answers may change without a change that anybody is told of. */
  readonly hasSilent?: boolean;
  /** What this world is about: half of all reads are of these. */
  readonly focus?: readonly string[];
  /** Statements of this world's own, and how many percent they are. */
  readonly special?: { readonly percent: number; readonly make: (random: Random) => string };
  /** How many percent of the statements obey no foreign key, as a dump's do that is being loaded. */
  readonly replicaPercent?: number;
}

/** Small ids, so that rows meet. */
export const ID: ColumnType = {
  ...columnType("i4"),
  values: Array.from({ length: 12 }, (_, n) => String(n + 1)),
  literals: [],
};

export const column = (name: string, type: ColumnType = ID): Column => ({ name, type, writable: true });

/** A column that is computed from its row, or by a view. */
export const derived = (name: string, type: ColumnType = ID): Column => ({ name, type, writable: false });

/** Columns of random types, each named as its type. */
export function extras(random: Random, types: readonly ColumnType[], count: number): Column[] {
  return random.some(types, count).map((type) => column(type.name, type));
}

export function createTable(table: Table, constraints: string, further = "", suffix = ""): string {
  const columns = table.columns
    .filter(({ writable }) => writable)
    .map(({ name, type }) => `"${name}" ${type.sql}`);
  return `create table ${table.name} (${columns.join(", ")}${further}, ${constraints}) ${suffix};`;
}

/** Types that the tables' columns have. */
export const TYPES_SQL = "create type mood as enum ('sad', 'ok', 'happy'); create domain email as text;";
