import "./no-telemetry.ts";
import { existsSync } from "node:fs";
import { createPgliteConnection, type PgliteConnection } from "@supabase/lite/pglite";
import { fillDatabase } from "./contents.ts";
import { lookOnce, unseen } from "./look-once.ts";
import { postgrestOutput, sqlOutput } from "./postgrest-output.ts";
import { makeSmall } from "./small-cluster.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";

type Row = Record<string, unknown>;

/** Gets a Database Webhook's payload as the database wrote it. Send `text` on: parsing it loses digits. */
export type ChangeListener = (payload: object, text: string) => void;

/** PGlite with the demo's schema and rows. It guards the one session and passes on row changes. */
export class Database {
  readonly connection: PgliteConnection;
  /** Whether it was loaded as `keep` has kept it. */
  readonly isFromSnapshot: boolean;
  readonly #isNew: boolean;
  #last: Promise<unknown> = Promise.resolve();
  #changesQueued = false;
  #nudged = false;
  #listeners: ChangeListener[] = [];
  #nudgeListeners: (() => void)[] = [];

  private constructor(connection: PgliteConnection, isFromSnapshot: boolean, isNew: boolean) {
    this.connection = connection;
    this.isFromSnapshot = isFromSnapshot;
    this.#isNew = isNew;
  }

  static async open(dataDir?: string): Promise<Database> {
    const snapshot = dataDir === undefined || !existsSync(dataDir) ? readSnapshot() : undefined;
    const connection = await createPgliteConnection({
      ...(dataDir !== undefined && { url: dataDir }),
      pgliteOptions: { parsers: postgrestOutput, ...(snapshot && { loadDataDir: snapshot }) },
    });
    const { rows } = await connection.driver.query<Row>(
      "select from pg_namespace where nspname = 'webhooks'",
    );
    const isNew = rows.length === 0;
    const database = new Database(connection, snapshot !== undefined && !isNew, isNew);
    if (isNew) await database.#create();
    // The snapshot is of a running database, so to Postgres it has crashed, as after a demo that was killed. Until the outbox
    // is pruned, capture takes that into account: each of the keeper's first two pulls would flush everything.
    await connection.driver.query("select tidemark.prune()");
    await connection.driver.listen("webhooks", () => {
      database.#changesQueued = true;
    });
    await connection.driver.listen("tidemark", () => {
      database.#nudged = true;
    });
    return database;
  }

  /**
   * Runs `work` while no other work uses the session, then delivers the changes it committed. PGlite is one
   * session, and @supabase/lite 0.10 opens a transaction per request on it without waiting for the last one to
   * end: two requests at once would run under one role, and an anonymous reader would get service_role's rows.
   */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      try {
        return await work();
      } finally {
        await this.#deliverChanges();
      }
    });
    this.#last = result.catch(() => {});
    return result;
  }

  /**
   * Runs the work in which the API grants all of its rights anew. Capture looks once, or not at all where a snapshot already
   * has these very rights.
   */
  async granting<T>(work: () => Promise<T>): Promise<T> {
    const { driver } = this.connection;
    const looks = "select from pg_event_trigger where evtname = 'tidemark_ddl' and evtenabled <> 'D'";
    if ((await driver.query<Row>(looks)).rows.length === 0) return work();
    return (this.isFromSnapshot ? unseen : lookOnce)((statement) => driver.exec(statement), work);
  }

  /** Keeps the database as it is for the next new one, unless it was there before. */
  async keep(): Promise<void> {
    if (!this.#isNew) return;
    await this.exclusive(async () => {
      const { driver } = this.connection;
      await makeSmall((statement) => driver.exec(statement), ["template0", "template1"]);
      // Postgres replays whatever came after the last one.
      await driver.exec("checkpoint");
      await writeSnapshot(await driver.dumpDataDir("none"));
    });
  }

  /** Runs one statement as superuser. Returns numeric as text, and bigint over 2^53 as BigInt. */
  query<T = Row>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return this.exclusive(
      async () => (await this.connection.driver.query<T>(sql, parameters, { parsers: sqlOutput })).rows,
    );
  }

  /** Runs several statements as superuser, including DDL: the API sees new tables at once. */
  async exec(sql: string): Promise<void> {
    await this.exclusive(async () => {
      await this.connection.driver.exec(sql);
      await this.connection.clearSchemaCache();
    });
  }

  onChange(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  /** Calls `listener` when capture has recorded something and that is committed. */
  onNudge(listener: () => void): void {
    this.#nudgeListeners.push(listener);
  }

  async close(): Promise<void> {
    await this.exclusive(() => this.connection.close());
  }

  async #create(): Promise<void> {
    const { driver } = this.connection;
    await driver.transaction((transaction) => fillDatabase(transaction));
  }

  async #deliverChanges(): Promise<void> {
    if (this.#nudged) for (const listener of this.#nudgeListeners) listener();
    this.#nudged = false;
    if (!this.#changesQueued || this.connection.driver.closed) return;
    this.#changesQueued = false;
    const { rows } = await this.connection.driver.query<{ payload: string }>(
      "with taken as (delete from webhooks.queue returning *) select payload from taken order by id",
    );
    for (const { payload } of rows) {
      for (const listener of this.#listeners) listener(JSON.parse(payload), payload);
    }
  }
}

export interface ProjectOptions {
  readonly publishableKey: string;
  readonly secretKey: string;
}

/** What is behind the address: a database with the demo's data, and its API. */
export interface Project extends Pick<Database, "query" | "exec" | "onChange" | "onNudge" | "close"> {
  answer(request: Request): Promise<Response>;
}
