import { parseSchema } from "../../postgrest/schema/parse-schema.ts";
import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import type { Described, SchemaQuestion, SchemaSource, Sql } from "../ports/ports.ts";
import type { SchemaState } from "../protocol/database-status.ts";
import { Description } from "../storage/description.ts";
import { Meta } from "../storage/meta.ts";
import { noteApiReload } from "./api-reload.ts";

/** Without capture nothing announces a new schema, so the keeper asks this often while there are readers. */
export const SCHEMA_CHECK_MS = 60_000;

/** A keeper that knows no schema yet waits this long for one before its first answer. */
export const FIRST_SCHEMA_MS = 3_000;

/** If the schema could not be read at the start, the keeper asks this often: until then nothing is proven. */
const SCHEMA_RETRY_MS = 2_000;

/** Even a database that announces DDL is asked this often: `ALTER ROLE … SET` and the like are not announced. */
export const SCHEMA_RECHECK_MS = 600_000;

/** Characters of a description. An object has 128 MB, and a parsed description takes several times its text. */
export const SCHEMA_MAX_LENGTH = 5_000_000;

interface SchemaWatchPorts {
  readonly sql: Sql;
  readonly clock: Clock;
  /** Null: the database may not be asked, and footprints rest on the configuration. */
  readonly source: SchemaSource | null;
  /** How many milliseconds the API may answer by its old schema after a change: see `ApiReload`. */
  readonly reloadMs: number;
  /** The stored description has changed since the instance began. Called in the turn that stored it. */
  readonly changed: () => void;
}

/** A description without its version: two versions may describe the same schema. */
interface StoredDescription extends Omit<Described, "version"> {
  readonly question: SchemaQuestion;
}

/** Postgres' description of its relations, as stored, or the reason why there is none. */
export class SchemaWatch {
  readonly #ports: SchemaWatchPorts;
  readonly #meta: Meta;
  readonly #description: Description;
  #text: string | null;
  #described: StoredDescription | null = null;
  #version: number | null;
  #state: SchemaState;
  /** Whether a keeper has started with what is stored. */
  #isUsed: boolean;
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** Questions are numbered, since an older answer may arrive after a newer one. */
  #asked = 0;
  #answered = 0;

  constructor(ports: SchemaWatchPorts) {
    const { sql, source } = ports;
    this.#ports = ports;
    this.#meta = new Meta(sql);
    this.#description = new Description(sql);
    this.#text = this.#description.read();
    this.#version = this.#meta.number("schema_version");
    const stored = this.#text === null ? null : (JSON.parse(this.#text) as StoredDescription);
    const canRead = stored !== null && isReadable(stored);
    // If not, another configuration asked about other tables.
    const isOurs = JSON.stringify(stored?.question) === JSON.stringify(source?.question);
    if (source !== null && canRead && isOurs) this.#described = stored;
    if (source === null) this.#state = "none";
    else if (this.#described) this.#state = "known";
    else this.#state = stored === null || canRead ? "missing" : "outdated";
    this.#isUsed = !this.isMissing;
  }

  /** Null: there is no description that this version can read. */
  get described(): StoredDescription | null {
    return this.#described;
  }

  /** The database's own version number of the description; null: it gave none. */
  get version(): number | null {
    return this.#described && this.#version;
  }

  /** Whether the last answer is in use, or why not. */
  get state(): SchemaState {
    return this.#state;
  }

  /**
   * Whether it is unknown how changes arrive. A database that refuses, and never described itself, sends webhooks. One
   * that did describe itself may capture changes, so it must be understood again first.
   */
  get isMissing(): boolean {
    if (this.#ports.source === null || this.#described !== null) return false;
    return this.#state !== "refused" || this.#text !== null;
  }

  /** Asks before the first answer of a keeper without a schema; briefly, since readers wait. Never rejects. */
  async first(): Promise<void> {
    const asked = this.refresh().catch(() => {});
    await within(this.#ports.clock, FIRST_SCHEMA_MS, asked, () => {});
    // A description that arrives from now on is a change like any other.
    this.#isUsed = true;
  }

  /**
   * Asks in the background if it is time: every few seconds when nothing is known, every minute when new schemas are
   * not announced, and every ten minutes when they are, since not everything that matters is announced.
   */
  check(): void {
    const { clock, source } = this.#ports;
    if (source === null || clock.now() - this.#checkedAt < this.#checkEveryMs()) return;
    void this.refresh().catch(() => {});
  }

  /**
   * Asks now.
   *
   * @returns false when the database does not answer, or its answer cannot be used
   * @throws when the answer cannot be stored
   */
  async refresh(): Promise<boolean> {
    const { clock, source, changed } = this.#ports;
    if (source === null) return false;
    this.#checkedAt = clock.now();
    const number = ++this.#asked;
    const answer = await source.schema().catch(() => null);
    // One turn from here on.
    if (answer === null) return false;
    if (number < this.#answered) return this.#state === "known";
    this.#answered = number;
    const [before, isMissing] = [this.#described, this.isMissing];
    this.#state = typeof answer === "string" ? this.#refused(answer) : this.#take(answer, source.question);
    if (this.#isUsed && (this.#described !== before || this.isMissing !== isMissing)) changed();
    return this.#state === "known";
  }

  #checkEveryMs(): number {
    if (this.isMissing) return SCHEMA_RETRY_MS;
    const isTold = this.version !== null && this.#described?.noticesDdl === true;
    return isTold ? SCHEMA_RECHECK_MS : SCHEMA_CHECK_MS;
  }

  /** A function that refuses this version's secret or parameters is as old as the description that it gave before. */
  #refused(answer: "refused" | "unreadable"): SchemaState {
    const isOutdated = answer === "refused" && this.#text !== null && this.#described === null;
    return isOutdated ? "outdated" : answer;
  }

  /** Stores an answer that differs from the one before. */
  #take({ version, ...answer }: Described, question: SchemaQuestion): SchemaState {
    const { sql, reloadMs } = this.#ports;
    const described = { ...answer, question };
    const text = JSON.stringify(described);
    if (text.length > SCHEMA_MAX_LENGTH) return "too-large";
    // What is in force has been read already.
    if (this.#described !== null && text === this.#text && version === this.version) return "known";
    if (!isReadable(described)) return "unreadable";
    // In one transaction: an instance that knows the new schema must also know that the API may not.
    sql.transaction(() => {
      if (reloadMs > 0) noteApiReload(this.#meta, reloadMs);
      this.#description.write(text);
      this.#meta.set("schema_version", version ?? "none");
    });
    this.#text = text;
    this.#version = version;
    this.#described = described;
    return "known";
  }
}

/** An earlier version stored no descriptions by role. */
function isReadable({
  schema,
  roles,
}: Pick<Described, "schema"> & Partial<Pick<Described, "roles">>): boolean {
  try {
    for (const text of [schema, ...Object.values(roles ?? {}).map((role) => role.schema)]) parseSchema(text);
    return true;
  } catch {
    return false;
  }
}
