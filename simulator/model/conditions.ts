import type { ResolvedConfig } from "../../src/gateway/config/config.ts";
import type { Random } from "../../testing/random.ts";
import type { Timeline } from "../../testing/time/timeline.ts";
import type { Build } from "../build.ts";
import type { Postgres } from "../database/postgres.ts";
import type { Sessions } from "../database/sessions.ts";
import type { Truth } from "../database/truth.ts";
import type { Settings } from "../history/history.ts";
import type { Tally } from "../history/tally.ts";
import type { Machine } from "../platform/scope.ts";
import type { Weather } from "../platform/weather.ts";
import type { Api } from "./api.ts";
import type { Kv } from "./kv.ts";
import type { Orders } from "./orders.ts";

/** What all parts of a world share. */
export interface Conditions {
  readonly build: Build;
  readonly settings: Settings;
  /** The gateway's configuration; null: nobody signs in. */
  readonly config: ResolvedConfig | null;
  readonly timeline: Timeline;
  readonly weather: Weather;
  /** For what belongs to no event. */
  readonly random: Random;
  readonly postgres: Postgres;
  readonly truth: Truth;
  /** For those who sign in, by `answerNumber`. */
  readonly signedInTruth: Truth;
  readonly sessions: Sessions;
  readonly api: Api;
  readonly kv: Kv;
  /** What admins have ordered. */
  readonly orders: Orders;
  /** The machines that instances of the keeper and of mirrors have run on. */
  readonly objects: Machine[];
  readonly tally: Tally;
  readonly violated: (what: string) => void;
}
