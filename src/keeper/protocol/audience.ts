import type { FootprintBypass } from "../../postgrest/footprint/footprint.ts";
import type { Read } from "../../postgrest/query/read.ts";

/** Who shows a token of their own. Lives in memory, for one request; only the digest is remembered. */
export interface Bearer {
  /** SHA-256 of the token, in base64. */
  readonly digest: string;
  /** As it came, without the scheme. Never stored, logged or printed. */
  readonly token: string;
}

/** Asks whose answers a bearer may share for a read (S1, S11). */
export interface AudienceRequest {
  readonly configHash: string;
  readonly read: Read;
  readonly bearer: Bearer;
  /** The client that a question to the database is charged to: see `networksOf`. */
  readonly client: string;
  /**
   * Whether the database has just answered a read with this token, or the isolate knows the bearer, and no reader waits:
   * then the database may be asked, also ahead of need. False: only about a token that it has vouched for before.
   */
  readonly introduced: boolean;
}

/** Why a read has no footprint, so that the effect of changes on its answer is unknown. */
type Unfit = FootprintBypass | "time-dependent";

/** Why a bearer's read is not cached, whatever they read. */
type OfTheBearer =
  /** The database has not vouched for the token, or may not be asked again yet. */
  | "token-unknown"
  | "token-expired"
  /** Its role is not among `audiences.roles`, or may not say who it is. */
  | "role-not-cached";

/** Why a bearer's read is not cached. */
export type NoAudience =
  | OfTheBearer
  /** What the read needs to know of the reader is not understood. */
  | "audience-unknown"
  | Unfit;

const OF_THE_BEARER: Readonly<Record<OfTheBearer, true>> = {
  "token-unknown": true,
  "token-expired": true,
  "role-not-cached": true,
};

/** Whether it is the bearer who is not cached. Others who share the key may well be answered. */
export function isOfTheBearer(reason: string): reason is OfTheBearer {
  return Object.hasOwn(OF_THE_BEARER, reason);
}

export type AudienceAnswer =
  | {
      readonly kind: "known";
      /** What is said holds for this generation only. */
      readonly generation: string;
      /**
       * Whose eyes the answer is for: `authenticated`, or `authenticated#…` with a keyed digest of the claims that
       * matter. Part of the read's key. One with `#` is personal: it is in no storage (S9).
       */
      readonly audience: string;
      /** Names the claims that this read needs, the same for all bearers; queries with equal needs share `audience`. */
      readonly needs: string;
      /** When the token ends, in epoch milliseconds. */
      readonly expiresAt: number;
      /** For how many milliseconds this may be remembered. */
      readonly forMs: number;
      /** After how many milliseconds the database is asked again if the bearer is introduced, although this still counts. */
      readonly dueInMs: number;
    }
  | { readonly kind: "none"; readonly reason: NoAudience; readonly forMs: number }
  | { readonly kind: "refused"; readonly reason: "configuration" };
