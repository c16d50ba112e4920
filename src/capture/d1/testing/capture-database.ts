import { installD1Sql, offD1Sql } from "../install-sql.ts";
import type { D1CaptureOptions } from "../options.ts";
import { type D1Schema, SCHEMA_QUESTIONS, schemaOf } from "../schema/schema.ts";
import { emptyDatabase } from "./empty-database.ts";
import type { TestDatabase } from "./test-database.ts";

type Row = Record<string, unknown>;

/** What a row of the outbox says, without what it lacks. */
interface Told {
  readonly op: string;
  readonly tbl?: string;
  readonly old?: Row;
  readonly new?: Row;
}

/** A D1 database with capture, by hand. */
export class CaptureDatabase {
  readonly #database: TestDatabase;

  private constructor(database: TestDatabase) {
    this.#database = database;
  }

  static async emptied(database: TestDatabase): Promise<CaptureDatabase> {
    await emptyDatabase(database);
    return new CaptureDatabase(database);
  }

  /** Runs statements in one batch, and returns the rows of the last. */
  async run(...statements: readonly string[]): Promise<readonly Row[]> {
    const results = await this.#database.batch<Row>(
      statements.map((statement) => this.#database.prepare(statement)),
    );
    return results.at(-1)?.results ?? [];
  }

  async schema(): Promise<D1Schema> {
    return schemaOf(await this.ask(SCHEMA_QUESTIONS));
  }

  async install(options: D1CaptureOptions): Promise<void> {
    await this.run(...installD1Sql(await this.schema(), options));
  }

  async off(): Promise<void> {
    await this.run(...offD1Sql(await this.schema()));
  }

  /** The answers to questions, in one batch. */
  async ask(questions: readonly string[]): Promise<readonly (readonly Row[])[]> {
    const answers = await this.#database.batch<Row>(
      questions.map((question) => this.#database.prepare(question)),
    );
    return answers.map(({ results }) => results);
  }

  /** What the statements, in one batch, cause to be written down. */
  async told(...statements: readonly string[]): Promise<readonly Told[]> {
    const [before] = await this.run("SELECT max(id) AS id FROM tidemark_outbox");
    await this.run(...statements);
    const rows = await this.run(
      `SELECT op, tbl, old, new FROM tidemark_outbox WHERE id > ${before?.id} ORDER BY id`,
    );
    return rows.map(({ op, tbl, old, new: record }) => ({
      op: String(op),
      ...(tbl === null ? {} : { tbl: String(tbl) }),
      ...(old === null ? {} : { old: JSON.parse(String(old)) as Row }),
      ...(record === null ? {} : { new: JSON.parse(String(record)) as Row }),
    }));
  }

  /** How many rows a statement reads, as they are billed. */
  async rowsRead(statement: string): Promise<number> {
    const { meta } = await this.#database.prepare(statement).run();
    return meta.rows_read;
  }
}
