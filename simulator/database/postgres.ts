import type { OutboxRow } from "./outbox.ts";
import type { Definition, Row, Rows, TableName } from "./rows.ts";
import { membersOf } from "./rows.ts";
import type { Snapshot } from "./snapshot.ts";
import { copyOf, newState, type State } from "./state.ts";
import {
  changedBy,
  type Ddl,
  lockOf,
  overlap,
  type RoleStatement,
  type RowStatement,
  type Statement,
} from "./statement.ts";

/** The transaction that loads a dump into a new server. */
const LOADED = 3;

/** A transaction that has written and therefore has a number. */
export interface Transaction {
  readonly xid: number;
  readonly effects: Effect[];
  readonly locks: string[];
  /** Survives a restart of the server. */
  prepared: boolean;
}

type Effect =
  | { readonly kind: "row"; readonly table: TableName; readonly id: number; readonly row: Row | null }
  | { readonly kind: "truncate"; readonly table: TableName }
  | { readonly kind: "definition"; readonly definition: Definition };

/**
 * One primary server with capture's outbox: transactions run concurrently and commit in any order, a statement sees
 * what was committed when it began, and rows stay locked until the transaction ends.
 */
export class Postgres {
  #state: State = newState();
  readonly #running = new Map<number, Transaction>();
  readonly #locked = new Set<string>();
  readonly #backups: State[] = [];
  /** Values are never reused, even after a restore, so that answers can be told apart. */
  #nextValue = 1;
  #started = 1;

  get rows(): Rows {
    return this.#state.rows;
  }

  get definition(): Definition {
    return this.#state.definition;
  }

  get state(): State {
    return this.#state;
  }

  /** When the server was started, as a text that is unique to each start. */
  get started(): string {
    return `${this.#started}.25`;
  }

  /** As `pg_current_snapshot`: transactions that began after the last one that ended are not listed. */
  snapshot(): Snapshot {
    const xmax = this.#state.latestCompleted + 1;
    const running = [...this.#running.keys()].filter((xid) => xid < xmax).sort((a, b) => a - b);
    return { xmin: Math.min(xmax, ...running), xmax, running };
  }

  isCommitted(xid: number): boolean {
    return this.#state.committed.has(xid);
  }

  /** Of roles and who is a member of which, as the pull sends it along. */
  get rolesDigest(): string {
    return `roles-${this.#state.definition.grants}`;
  }

  /** How often the schema was changed, as seen by a statement that begins now. */
  schemaVersion(): number {
    const { schemaVersion, schemaChanges } = this.#state;
    return schemaVersion + schemaChanges.filter(({ xmin }) => this.isCommitted(xmin)).length;
  }

  begin(): Transaction {
    const transaction = { xid: this.#state.nextXid++, effects: [], locks: [], prepared: false };
    this.#running.set(transaction.xid, transaction);
    return transaction;
  }

  /** False if another transaction holds a lock it needs (statements do not wait here) or the server is gone. */
  execute(transaction: Transaction, statement: Statement, now: number): boolean {
    if (!this.#isRunning(transaction)) return false;
    if (!this.#lock(transaction, statement)) return false;
    switch (statement.op) {
      case "truncate":
        transaction.effects.push({ kind: "truncate", table: statement.table });
        this.#capture(transaction, now, "TRUNCATE", statement.table);
        break;
      case "flush":
        this.#capture(transaction, now, "FLUSH", statement.table);
        break;
      case "put":
      case "move":
      case "delete":
        this.#write(transaction, statement, now);
        break;
      case "grant":
        this.#define(transaction, statement.op);
        break;
      default:
        this.#define(transaction, statement.op);
        this.#state.schemaChanges.push({ txid: transaction.xid, xmin: transaction.xid });
        this.#capture(transaction, now, "FLUSH", null);
    }
    return true;
  }

  commit(transaction: Transaction): boolean {
    if (!this.#end(transaction)) return false;
    const { rows, committed } = this.#state;
    committed.add(transaction.xid);
    for (const effect of transaction.effects) {
      if (effect.kind === "definition") this.#state.definition = effect.definition;
      else if (effect.kind === "truncate") rows[effect.table].clear();
      else if (effect.row) rows[effect.table].set(effect.id, effect.row);
      else rows[effect.table].delete(effect.id);
    }
    this.#backups.push(copyOf(this.#state));
    if (this.#backups.length > 20) this.#backups.shift();
    return true;
  }

  rollback(transaction: Transaction): void {
    if (!this.#end(transaction)) return;
    const { outbox, schemaChanges } = this.#state;
    this.#state.outbox = outbox.filter(({ xmin }) => xmin !== transaction.xid);
    this.#state.schemaChanges = schemaChanges.filter(({ xmin }) => xmin !== transaction.xid);
  }

  /** Everything neither committed nor prepared is gone; sequences have run ahead. */
  restart(): void {
    for (const transaction of this.#running.values()) if (!transaction.prepared) this.rollback(transaction);
    this.#state.nextRow += 32;
    this.#started++;
  }

  /** The state this many commits ago: a backup, or a standby that lagged. Numbers are reused. */
  restore(commitsAgo: number): void {
    for (const transaction of this.#running.values()) this.rollback(transaction);
    const backup = this.#backups.at(-1 - commitsAgo) ?? newState(this.#state.incarnation);
    this.#backups.splice(Math.max(0, this.#backups.length - commitsAgo));
    this.#state = copyOf(backup);
    const { outbox, schemaChanges, committed, nextXid } = this.#state;
    // Transactions that were open when the backup was taken never ended.
    this.#state.outbox = outbox.filter(({ xmin }) => committed.has(xmin));
    this.#state.schemaChanges = schemaChanges.filter(({ xmin }) => committed.has(xmin));
    this.#state.latestCompleted = nextXid - 1;
    this.#started++;
  }

  /** From a dump into a new server: rows and outbox are the same, transactions get new numbers. */
  reload(): void {
    this.restart();
    for (const transaction of this.#running.values()) this.rollback(transaction);
    const { outbox, schemaChanges } = this.#state;
    Object.assign(this.#state, {
      outbox: outbox.map((row) => ({ ...row, xmin: LOADED })),
      schemaChanges: schemaChanges.map((row) => ({ ...row, xmin: LOADED })),
      committed: new Set([LOADED]),
      latestCompleted: LOADED,
      nextXid: LOADED + 1,
    });
  }

  /** False for one from before a restore, whose number may be reused. */
  #isRunning(transaction: Transaction): boolean {
    return this.#running.get(transaction.xid) === transaction;
  }

  #lock(transaction: Transaction, statement: Statement): boolean {
    const wanted = lockOf(statement);
    const isTaken = (lock: string) => this.#locked.has(lock) && !transaction.locks.includes(lock);
    const conflicts = [...this.#locked].some(
      (lock) => !transaction.locks.includes(lock) && wanted.some((each) => overlap(each, lock)),
    );
    if (conflicts || wanted.some(isTaken)) return false;
    for (const lock of wanted) {
      if (!this.#locked.has(lock)) transaction.locks.push(lock);
      this.#locked.add(lock);
    }
    return true;
  }

  #write(transaction: Transaction, { op, table, id, of }: RowStatement, now: number): void {
    const old = this.#rowIn(transaction, table, id);
    if (op !== "put" && !old) return;
    const v = this.#nextValue++;
    const row = op === "delete" ? null : { id, of: op === "put" && old ? old.of : of, v };
    transaction.effects.push({ kind: "row", table, id, row });
    const kind = row === null ? "DELETE" : old ? "UPDATE" : "INSERT";
    this.#capture(transaction, now, kind, table, row, old);
  }

  /** The transaction's view: its own writes on top of what is committed. */
  #rowIn({ effects }: Transaction, table: TableName, id: number): Row | null {
    for (const effect of effects.toReversed()) {
      if (effect.kind === "definition" || effect.table !== table) continue;
      if (effect.kind === "truncate") return null;
      if (effect.id === id) return effect.row;
    }
    return this.#state.rows[table].get(id) ?? null;
  }

  #define(transaction: Transaction, op: (Ddl | RoleStatement)["op"]): void {
    const defined = transaction.effects.findLast((effect) => effect.kind === "definition");
    const before = defined?.definition ?? this.#state.definition;
    const definition = changedBy(op, before);
    transaction.effects.push({ kind: "definition", definition });
  }

  #capture(
    { xid }: Transaction,
    writtenAt: number,
    op: OutboxRow["op"],
    table: TableName | null,
    row: Row | null = null,
    old: Row | null = null,
  ): void {
    const print = (each: Row | null) => each && table && membersOf(table, each, this.definition);
    const [record, before] = [print(row), print(old)];
    this.#state.outbox.push({
      id: this.#state.nextRow++,
      txid: xid,
      xmin: xid,
      writtenAt,
      op,
      table,
      record,
      old: before,
    });
  }

  #end(transaction: Transaction): boolean {
    if (!this.#isRunning(transaction)) return false;
    this.#running.delete(transaction.xid);
    for (const lock of transaction.locks) this.#locked.delete(lock);
    this.#state.latestCompleted = Math.max(this.#state.latestCompleted, transaction.xid);
    return true;
  }
}
