import type { Mode } from "../../src/keeper/protocol/position.ts";
import type { Statement } from "../database/statement.ts";
import type { LateMessage, Leg } from "../platform/weather.ts";

/** One run of the whole system, as plain data that can be shrunk, printed and run again. */
export interface History {
  readonly settings: Settings;
  readonly events: readonly Event[];
}

export interface Settings {
  /** For what belongs to no event. */
  readonly seed: number;
  /** Fixed delays and no mishaps, except those that events cause. */
  readonly isCalm: boolean;
  /** With a fence of four buckets. */
  readonly isSmall: boolean;
  readonly changesCome: "by-pull" | "by-webhook";
  /** Whether the database announces commits at once, if changes are pulled. */
  readonly nudges: boolean;
  readonly isolates: number;
  readonly rowsPerPage: number;
  readonly maxKeys: number;
  readonly refillsPerMinute: number;
  readonly kvWritesPerDay: number;
  /** How often the keeper audits a valid key, in milliseconds; 0: never. */
  readonly auditEveryMs: number;
  /** How long the API takes at most to learn of a changed schema, as configured for the keeper. */
  readonly schemaReloadMs: number;
  readonly ttlMs: number;
  readonly staleIfErrorMs: number;
  readonly originSlowness: number;
  readonly mishaps: "none" | "lossy" | "flaky" | "both";
  /** How far the database's clock is from true time. */
  readonly databaseOffset: number;
  /** Milliseconds in a unit of the events' time. */
  readonly pace: number;
  /** The kinds of faults in this history; events of other kinds are ignored. */
  readonly faults: readonly FaultKind[];
  /** Null: nobody signs in. */
  readonly signedIn: SignedInSettings | null;
  /** Null: there are none. */
  readonly mirrors: MirrorsSettings | null;
  /** How much older than its bound an answer may be that is given at once and refreshed behind. */
  readonly staleWhileRevalidateMs: number;
  /** Whether isolates of one place share the data centre's cache. */
  readonly hasColo: boolean;
}

export interface MirrorsSettings {
  readonly count: number;
  readonly refillsPerMinute: number;
  readonly memoryBytes: number;
}

export interface SignedInSettings {
  /** `audiences.recheck`. */
  readonly recheckMs: number;
  /** How long the first tokens last. */
  readonly tokenMs: number;
}

export type Event = { readonly at: number; readonly seed: number } & (
  | ReadEvent
  | WriteEvent
  | FaultEvent
  | SignedInEvent
  | OrderEvent
  | MirrorFaultEvent
  | LateMessageEvent
);

export interface ReadEvent {
  readonly kind: "read";
  readonly isolate: number;
  readonly query: number;
  readonly boundMs: number;
  /** Null: a client without writes. */
  readonly client: number | null;
  /** Milliseconds after which the caller disconnects. */
  readonly cancelAfter: number | null;
  /** Whether work that a cancelled request has passed to `waitUntil` lives on. */
  readonly keepsWord: boolean;
}

type SignedInEvent = SignedInReadEvent | SessionEvent;

/** A read with a token. */
export interface SignedInReadEvent {
  readonly kind: "signed-in-read";
  readonly isolate: number;
  readonly query: number;
  readonly boundMs: number;
  readonly person: number;
  /** Null: a client without writes. */
  readonly client: number | null;
  /** Which of the person's tokens: 0 is the latest. */
  readonly back: number;
  readonly cancelAfter: number | null;
  readonly keepsWord: boolean;
}

export type SessionEvent =
  /** The person gets another token with the same claims. */
  | { readonly kind: "refresh"; readonly person: number; readonly lasts: number }
  /** The database accepts none of the person's tokens any more. */
  | { readonly kind: "revoke"; readonly person: number };

export interface WriteEvent {
  readonly kind: "write";
  readonly client: number | null;
  readonly statements: readonly Statement[];
  /** Milliseconds from the first statement to the end. */
  readonly lasts: number;
  /** A forgotten transaction never ends. A prepared one survives a restart and is committed much later. */
  readonly end: "commit" | "rollback" | "prepare" | "forget";
}

/** What an admin wants of the keeper. A purge of null is one of everything. */
export type Order = { readonly purge: number | null } | { readonly mode: Mode };

/** An order through an isolate, which then follows it. */
export interface OrderEvent {
  readonly kind: "order";
  readonly isolate: number;
  readonly order: Order;
}

export type FaultEvent =
  | { readonly kind: "crash"; readonly storageLost: boolean }
  | { readonly kind: "supersede"; readonly lasts: number }
  | { readonly kind: "stall"; readonly lasts: number }
  | { readonly kind: "deploy" }
  | { readonly kind: "vanish"; readonly isolate: number }
  | { readonly kind: "sleep"; readonly isolate: number; readonly lasts: number }
  /** The clock of an isolate, or (null) of the keeper, is set. */
  | { readonly kind: "step"; readonly isolate: number | null; readonly by: number }
  | { readonly kind: "prune"; readonly keep: number }
  | { readonly kind: "restart" }
  | { readonly kind: "restore"; readonly commitsAgo: number }
  | { readonly kind: "reload" }
  | { readonly kind: "down"; readonly lasts: number; readonly hangs: boolean }
  /** Null: everything. */
  | { readonly kind: "purge"; readonly query: number | null }
  | { readonly kind: "weather"; readonly leg: Leg; readonly takes: number | null };

/** Which side of a mirror nothing gets through from. */
export type CutFrom = "keeper" | "isolates";

export type MirrorFaultEvent = { readonly mirror: number } & (
  | { readonly kind: "mirror-crash" }
  | { readonly kind: "mirror-twice"; readonly lasts: number }
  | { readonly kind: "mirror-stall"; readonly lasts: number }
  | { readonly kind: "mirror-step"; readonly by: number }
  | { readonly kind: "mirror-cut"; readonly from: CutFrom; readonly lasts: number }
);

/** One message on this leg takes longer than those after it. */
interface LateMessageEvent extends LateMessage {
  readonly kind: "late-message";
  readonly leg: Leg;
}

export type FaultKind = FaultEvent["kind"];

export const FAULT_KINDS: readonly FaultKind[] = [
  "crash",
  "supersede",
  "stall",
  "deploy",
  "vanish",
  "sleep",
  "step",
  "prune",
  "restart",
  "restore",
  "reload",
  "down",
  "purge",
  "weather",
];
