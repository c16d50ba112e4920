import { setTimeout as sleep } from "node:timers/promises";
import type { TransactionSql } from "postgres";
import type { State, Transaction, Truth } from "../judge/truth.ts";
import { type Client, type Here, transact } from "../processes/transact.ts";
import type { Choices } from "./choices.ts";
import { TOPICS } from "./queries.ts";

export const NOTES = 30;
export const READINGS = 20;
const IMMORTAL = 12;
const WORDS = ["apple", "ant", "bread", "cloud", "dune", "echo"];

export type Row = State & { readonly id: number; readonly version: number };

/** Writers on connections of their own, until they are told to stop. */
export class Writers {
  readonly #truth: Truth;
  readonly #loops: Promise<void>[] = [];
  #stopped = false;
  /** Webhooks do not report a TRUNCATE. */
  readonly #truncates: boolean;
  #nextId: number;

  constructor(truth: Truth, firstId: number, truncates: boolean) {
    this.#truncates = truncates;
    this.#truth = truth;
    this.#nextId = firstId;
  }

  get nextId(): number {
    return this.#nextId;
  }

  /** One loop for each client. */
  start(clients: readonly Client[], random: Choices): void {
    this.#loops.push(...clients.map((client) => this.#loop(client, random.next())));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #loop(client: Client, random: Choices): Promise<void> {
    while (!this.#stopped) {
      await sleep(20 + random.below(80));
      await transact(client, this.#truth, async (tx, transaction, here) => {
        if (this.#truncates && random.chance(3)) await this.#truncate(tx, transaction, here);
        for (let left = 1 + random.below(3); left > 0; left--) {
          await here();
          await this.#statement(tx, transaction, random);
        }
        if (random.chance(10)) await this.#savepoint(tx, transaction, here, random);
        // A transaction that began before others commits after them.
        if (random.chance(8)) await sleep(300 + random.below(1_500));
        if (random.chance(8)) throw new Error("rolled back");
      });
    }
  }

  /** A part of the transaction that is rolled back. */
  async #savepoint(tx: TransactionSql, transaction: Transaction, here: Here, random: Choices): Promise<void> {
    const kept = transaction.entered.length;
    const rollBack = new Error("to the savepoint");
    await here();
    await tx
      .savepoint(async (inner) => {
        await this.#statement(inner, transaction, random).catch(async (error: unknown) => {
          await here();
          throw error;
        });
        throw rollBack;
      })
      .catch((error: unknown) => {
        if (error !== rollBack) throw error;
      });
    this.#truth.takeBack(transaction, kept);
  }

  /** Empties a table, and refills it with half of its rows. */
  async #truncate(tx: TransactionSql, transaction: Transaction, here: Here): Promise<void> {
    await here();
    await tx`lock table readings in access exclusive mode`;
    await here();
    const rows = await tx<Row[]>`select * from readings`;
    await here();
    await tx`truncate readings`;
    for (const { id, version } of rows) {
      this.#truth.enter(transaction, "readings", id, version + 1, null);
      if (id > IMMORTAL) continue;
      await here();
      const [row] = await tx<
        Row[]
      >`insert into readings values (${id}, ${id * 5}, ${version + 2}) returning *`;
      if (row) this.#truth.enter(transaction, "readings", id, row.version, row);
    }
  }

  async #statement(tx: TransactionSql, transaction: Transaction, random: Choices): Promise<void> {
    const { table, rows } = await this.#change(tx, random);
    for (const row of rows) {
      const { gone, ...state } = row;
      const left = gone === true ? null : state;
      this.#truth.enter(transaction, table, row.id, gone === true ? row.version + 1 : row.version, left);
    }
  }

  async #change(tx: TransactionSql, random: Choices): Promise<{ table: string; rows: readonly Row[] }> {
    const some = (table: string) => random.pick(this.#alive(table));
    // Rows that readers request by id stay.
    const mortal = (table: string) => random.pick(this.#alive(table).filter((id) => id > IMMORTAL));
    const topic = 1 + random.below(TOPICS);
    const title = `${random.pick(WORDS)} ${random.below(1_000)}`;
    const rank = random.below(100);
    const hidden = random.chance(20);
    switch (random.below(12)) {
      case 0:
        return {
          table: "topics",
          rows: await tx<Row[]>`
          update topics set open = not open, version = version + 1 where id = ${topic} returning *`,
        };
      case 1:
        return {
          table: "topics",
          rows: await tx<Row[]>`
          update topics set name = ${title}, version = version + 1 where id = ${topic} returning *`,
        };
      case 2:
        return {
          table: "notes",
          rows: await tx<Row[]>`
          update notes set rank = (rank + 7) % 100, version = version + 1 where topic_id = ${topic} returning *`,
        };
      case 3:
      case 4:
        if (this.#alive("notes").length > NOTES)
          return {
            table: "notes",
            rows: await tx<Row[]>`
          delete from notes where id = ${mortal("notes")} returning *, true as gone`,
          };
        return {
          table: "notes",
          rows: await tx<Row[]>`
          insert into notes (id, topic_id, title, rank, hidden)
          values (${this.#nextId++}, ${topic}, ${title}, ${rank}, ${hidden}), (${this.#nextId++}, ${topic}, ${title}, ${rank}, false)
          returning *`,
        };
      case 5:
        if (this.#alive("readings").length > READINGS)
          return {
            table: "readings",
            rows: await tx<Row[]>`
          delete from readings where id = ${mortal("readings")} returning *, true as gone`,
          };
        return {
          table: "readings",
          rows: await tx<Row[]>`
          insert into readings values (${this.#nextId++}, ${rank}) returning *`,
        };
      case 6:
      case 7:
        return {
          table: "readings",
          rows: await tx<Row[]>`
          update readings set value = ${rank}, version = version + 1 where id = ${some("readings")} returning *`,
        };
      case 8:
        return {
          table: "notes",
          rows: await tx<Row[]>`
          update notes set topic_id = ${topic}, version = version + 1 where id = ${some("notes")} returning *`,
        };
      default:
        return {
          table: "notes",
          rows: await tx<Row[]>`
          update notes set title = ${title}, rank = ${rank}, hidden = ${hidden}, version = version + 1
          where id = ${some("notes")} returning *`,
        };
    }
  }

  #alive(table: string): number[] {
    return this.#truth.ids(table).filter((id) => this.#truth.current(table, id) !== null);
  }
}
