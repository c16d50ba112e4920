/** What Cloudflare meters, as far as a gateway uses it. */
export type Metered =
  | "workerRequests"
  | "keeperCalls"
  | "keeperDuration"
  | "rowsRead"
  | "rowsWritten"
  | "kvReads"
  | "kvWrites";

export interface Price {
  /** In plain words, and in the plural. */
  readonly label: string;
  readonly unit: "operations" | "GB-s";
  /** On the Free plan; beyond it, operations fail until midnight UTC. */
  readonly freePerDay: number;
  /** On the Paid plan, before anything is charged. */
  readonly includedPerMonth: number;
  /** US dollars for a million, beyond what is included. */
  readonly dollarsPerMillion: number;
  /** Cloudflare's own page. */
  readonly source: string;
}

/** When the pages were looked up. Cloudflare changes prices without notice, so say this date beside every figure. */
export const PRICES_AS_OF = "2026-11-28";

/** US dollars a month: the Paid plan itself, with everything that is included. */
export const PAID_PLAN_DOLLARS = 5;

const WORKERS = "https://developers.cloudflare.com/workers/platform/pricing/";
const DURABLE_OBJECTS = "https://developers.cloudflare.com/durable-objects/platform/pricing/";
const KV = "https://developers.cloudflare.com/kv/platform/pricing/";

const MILLION = 1_000_000;

export const PRICES: Readonly<Record<Metered, Price>> = {
  workerRequests: {
    label: "Workers requests",
    unit: "operations",
    freePerDay: 100_000,
    includedPerMonth: 10 * MILLION,
    dollarsPerMillion: 0.3,
    source: WORKERS,
  },
  // Each remote procedure call is a request of its own, and so is each alarm.
  keeperCalls: {
    label: "Durable Object requests",
    unit: "operations",
    freePerDay: 100_000,
    includedPerMonth: MILLION,
    dollarsPerMillion: 0.15,
    source: DURABLE_OBJECTS,
  },
  keeperDuration: {
    label: "Durable Object duration",
    unit: "GB-s",
    freePerDay: 13_000,
    includedPerMonth: 400_000,
    dollarsPerMillion: 12.5,
    source: DURABLE_OBJECTS,
  },
  rowsRead: {
    label: "Durable Object rows read",
    unit: "operations",
    freePerDay: 5 * MILLION,
    includedPerMonth: 25_000 * MILLION,
    dollarsPerMillion: 0.001,
    source: DURABLE_OBJECTS,
  },
  rowsWritten: {
    label: "Durable Object rows written",
    unit: "operations",
    freePerDay: 100_000,
    includedPerMonth: 50 * MILLION,
    dollarsPerMillion: 1,
    source: DURABLE_OBJECTS,
  },
  kvReads: {
    label: "KV reads",
    unit: "operations",
    freePerDay: 100_000,
    includedPerMonth: 10 * MILLION,
    dollarsPerMillion: 0.5,
    source: KV,
  },
  kvWrites: {
    label: "KV writes",
    unit: "operations",
    freePerDay: 1_000,
    includedPerMonth: MILLION,
    dollarsPerMillion: 5,
    source: KV,
  },
};

/** An object is billed for this much memory while it is awake, whatever it uses. */
const BILLED_GB = 0.125;

/** GB-s of an object that is awake all day: the most that one keeper can use. */
export const DURATION_OF_A_DAY = BILLED_GB * 86_400;
