import type { Clock } from "../cache/clock.ts";
import { within } from "../cache/deadline.ts";
import { parseSchema } from "../postgrest/parse-schema.ts";
import { FIRST_SCHEMA_MS, SCHEMA_CHECK_MS, SCHEMA_MAX_LENGTH, SCHEMA_RETRY_MS } from "./constants.ts";
import type { Meta } from "./meta.ts";
import type { Described, SchemaSource } from "./ports.ts";

interface SchemaWatchPorts {
  readonly meta: Meta;
  readonly clock: Clock;
  /** Null: nobody may ask the database, and footprints are the configuration's word. */
  readonly source: SchemaSource | null;
  /** Ends this instance; the next one makes its footprints of what is stored by then. */
  readonly restart: () => void;
}

/** All but the version: two versions may describe the same. */
type Stored = Omit<Described, "version">;

/**
 * What Postgres says of its relations, as stored. Another description makes other footprints, hence another
 * generation: it is written down, and the instance ends.
 */
export class SchemaWatch {
  readonly #ports: SchemaWatchPorts;
  #described: Stored | null;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #isRefused = false;

  constructor(ports: SchemaWatchPorts) {
    this.#ports = ports;
    const text = ports.meta.text("described");
    const stored = text === null ? null : (JSON.parse(text) as Stored);
    this.#described = stored && isReadable(stored.schema) ? stored : null;
  }

  /** Null when there is no description that this version can read. */
  get described(): Stored | null {
    return this.#described;
  }

  /** The database's own number of what is stored; null when it gave none. */
  get version(): number | null {
    return this.#described && this.#ports.meta.number("schema_version");
  }

  /** Whether a description is to be had, none is stored, and the database has not said that there is none. */
  get isMissing(): boolean {
    return this.#ports.source !== null && this.#described === null && !this.#isRefused;
  }

  /** Before the first answer of a keeper that knows none; not for long, since readers wait. Never rejects. */
  async first(): Promise<void> {
    const { clock, restart } = this.#ports;
    let isLate = false;
    // What comes when the instance has begun without it is for the next one.
    const fetched = this.#fetch().then(() => {
      if (isLate && !this.isMissing) restart();
    });
    await within(clock, FIRST_SCHEMA_MS, fetched, () => {
      isLate = true;
    });
  }

  /** Where nobody tells of a new schema, asks for it in the background, once a minute at most. */
  check(): void {
    const { clock, source } = this.#ports;
    const isTold = this.version !== null && this.#described?.noticesDdl === true;
    const every = this.isMissing ? SCHEMA_RETRY_MS : SCHEMA_CHECK_MS;
    if (source === null || isTold || clock.now() - this.#checkedAt < every) return;
    void this.refresh();
  }

  /** Asks now. False when the database does not tell; when it tells something else than before, this instance ends. */
  async refresh(): Promise<boolean> {
    const before = JSON.stringify([this.#described, this.isMissing]);
    const isKnown = await this.#fetch();
    if (JSON.stringify([this.#described, this.isMissing]) !== before) this.#ports.restart();
    return isKnown;
  }

  async #fetch(): Promise<boolean> {
    const { clock, source, meta } = this.#ports;
    if (source === null) return false;
    this.#checkedAt = clock.now();
    try {
      const answer = await source.schema();
      this.#isRefused = answer === "refused";
      if (answer === "refused") return false;
      const { version, ...described } = answer;
      const text = JSON.stringify(described);
      // A database too large to describe is treated as one that does not describe itself.
      if (text.length > SCHEMA_MAX_LENGTH || !isReadable(described.schema)) return false;
      meta.set("described", text);
      meta.set("schema_version", version ?? "none");
      this.#described = described;
      return true;
    } catch {
      return false;
    }
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
