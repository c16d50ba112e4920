import type { Random } from "../../testing/random.ts";
import type { Timeline } from "../../testing/time/timeline.ts";
import type { Postgres } from "../database/postgres.ts";
import type { ApiSchema } from "../database/queries.ts";
import type { Cause, Truth } from "../database/truth.ts";
import type { Settings } from "../history/history.ts";
import type { Tally } from "../history/tally.ts";

interface ApiParts {
  readonly postgres: Postgres;
  readonly truths: readonly Truth[];
  readonly timeline: Timeline;
  readonly settings: Settings;
  readonly tally: Tally;
}

/** The API's own schema cache: it learns of DDL some time after the commit, and until then uses the old one. */
export class Api {
  readonly #parts: ApiParts;
  #schema: ApiSchema;

  constructor(parts: ApiParts) {
    this.#parts = parts;
    this.#schema = parts.postgres.definition;
  }

  /** The database has changed. */
  note(cause: Cause): void {
    const { postgres, truths, timeline } = this.#parts;
    const { rows, definition } = postgres;
    const moment = { rows, definition, api: this.#schema, at: timeline.now, cause };
    for (const truth of truths) truth.note(moment);
  }

  /** Tells the API to read the schema, which it does after a while or at once; call this before `note`. */
  reload(random: Random): void {
    const { timeline, settings, postgres } = this.#parts;
    const lag = settings.schemaReloadMs * (settings.isCalm ? CALM_SHARE : random.next());
    if (lag === 0) this.#schema = postgres.definition;
    else timeline.after(lag, () => this.#read());
  }

  #read(): void {
    const { postgres, timeline, tally } = this.#parts;
    if (postgres.definition.unique !== this.#schema.unique) tally.fault("api-late");
    this.#schema = postgres.definition;
    this.note({ toldAt: timeline.now });
  }
}

/** The share of the permitted time that it takes in calm weather. */
const CALM_SHARE = 0.9;
