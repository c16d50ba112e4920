import { parseSchema } from "../../postgrest/schema/parse-schema.ts";
import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import type { Described, SchemaQuestion, SchemaSource, Sql } from "../ports/ports.ts";
import {
  FIRST_SCHEMA_MS,
  SCHEMA_CHECK_MS,
  SCHEMA_MAX_LENGTH,
  SCHEMA_RECHECK_MS,
  SCHEMA_RETRY_MS,
} from "../protocol/constants.ts";
import type { SchemaState } from "../protocol/database-status.ts";
import { Description } from "../storage/description.ts";
import { Meta } from "../storage/meta.ts";
import { noteApiReload } from "./api-reload.ts";

interface SchemaWatchPorts {
  readonly sql: Sql;
  readonly clock: Clock;
  /** Null: nobody may ask the database, and footprints are the configuration's word. */
  readonly source: SchemaSource | null;
  /** How long the API may answer by its old schema after a change; see `ApiReload`. */
  readonly reloadMs: number;
  /** What is stored has changed, after the instance began: called in the turn that has stored it. */
  readonly changed: () => void;
}

/** All but the version: two versions may describe the same. */
interface Stored extends Omit<Described, "version"> {
  readonly question: SchemaQuestion;
}

/** What Postgres says of its relations, as stored, and why there is nothing where there is nothing. */
export class SchemaWatch {
  readonly #ports: SchemaWatchPorts;
  readonly #meta: Meta;
  readonly #description: Description;
  #text: string | null;
  #described: Stored | null = null;
  #state: SchemaState;
  /** Whether a keeper has begun by what is stored. */
  #isUsed: boolean;
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** Questions are numbered: an answer that comes after a later one's is of an earlier moment. */
  #asked = 0;
  #answered = 0;

  constructor(ports: SchemaWatchPorts) {
    const { sql, source } = ports;
    this.#ports = ports;
    this.#meta = new Meta(sql);
    this.#description = new Description(sql);
    this.#text = this.#description.read();
    const stored = this.#text === null ? null : (JSON.parse(this.#text) as Stored);
    const canRead = stored !== null && isReadable(stored.schema);
    // Else another configuration has asked, of other tables than these.
    const isOurs = JSON.stringify(stored?.question) === JSON.stringify(source?.question);
    if (source !== null && canRead && isOurs) this.#described = stored;
    if (source === null) this.#state = "none";
    else if (this.#described) this.#state = "known";
    else this.#state = stored === null || canRead ? "missing" : "outdated";
    this.#isUsed = !this.isMissing;
  }

  /** Null when there is no description that this version can read. */
  get described(): Stored | null {
    return this.#described;
  }

  /** The database's own number of what is stored; null when it gave none. */
  get version(): number | null {
    return this.#described && this.#meta.number("schema_version");
  }

  /** Whether the last answer is used, or why not. */
  get state(): SchemaState {
    return this.#state;
  }

  /**
   * Whether the keeper cannot know how changes come. A database that has never described itself, and refuses to, sends
   * webhooks; one that has must be understood again first, lest nobody tell of its changes.
   */
  get isMissing(): boolean {
    if (this.#ports.source === null || this.#described !== null) return false;
    return this.#state !== "refused" || this.#text !== null;
  }

  /** Before the first answer of a keeper that knows none; not for long, since readers wait. Never rejects. */
  async first(): Promise<void> {
    const asked = this.refresh().catch(() => {});
    await within(this.#ports.clock, FIRST_SCHEMA_MS, asked, () => {});
    // What comes from now on is a change like another.
    this.#isUsed = true;
  }

  /**
   * Asks in the background: soon where nothing is known, once a minute where nobody tells of a new schema, and seldom
   * where somebody does, since not all that matters is told.
   */
  check(): void {
    const { clock, source } = this.#ports;
    if (source === null || clock.now() - this.#checkedAt < this.#checkEveryMs()) return;
    void this.refresh().catch(() => {});
  }

  /** Asks now. False when the database does not tell, or tells what cannot be used. Rejects when it cannot be stored. */
  async refresh(): Promise<boolean> {
    const { clock, source, changed } = this.#ports;
    if (source === null) return false;
    this.#checkedAt = clock.now();
    const number = ++this.#asked;
    const answer = await source.schema().catch(() => null);
    // From here on one turn.
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

  /** What takes another secret, or other parameters, than this version sends, is as old as what it has told before. */
  #refused(answer: "refused" | "unreadable"): SchemaState {
    const isOutdated = answer === "refused" && this.#text !== null && this.#described === null;
    return isOutdated ? "outdated" : answer;
  }

  /** Stores an answer that is another one than before. */
  #take({ version, ...answer }: Described, question: SchemaQuestion): SchemaState {
    const { sql, reloadMs } = this.#ports;
    const described = { ...answer, question };
    const text = JSON.stringify(described);
    if (text.length > SCHEMA_MAX_LENGTH) return "too-large";
    if (!isReadable(described.schema)) return "unreadable";
    if (text === this.#text && version === this.version) return "known";
    // In one transaction: an instance that knows the new schema knows that the API may not.
    sql.transaction(() => {
      if (reloadMs > 0) noteApiReload(this.#meta, reloadMs);
      this.#description.write(text);
      this.#meta.set("schema_version", version ?? "none");
    });
    this.#text = text;
    this.#described = described;
    return "known";
  }
}

function isReadable(schema: string): boolean {
  try {
    parseSchema(schema);
    return true;
  } catch {
    return false;
  }
}
