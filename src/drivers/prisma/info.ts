import { hash32 } from "../../runtime/hash.ts";
import type { PrismaCall } from "./calls.ts";

/** Where an answer came from. */
export interface AccelerateInfo {
  /**
   * - `ttl`: from the cache, within `ttl`
   * - `swr`: from the cache, within `swr`; it is being loaded again
   * - `miss`: at least one of its statements ran on the database
   * - `none`: it was not to be cached, or could not be; `reason` says why
   */
  readonly cacheStatus: "ttl" | "swr" | "miss" | "none";
  /** When its oldest part was read from the database. */
  readonly lastModified: Date;
  /** A Worker is not told its region outside of a request: always `"unspecified"`. */
  readonly region: string;
  /** Another one for each call. */
  readonly requestId: string;
  /** The same for the same operation with the same arguments. */
  readonly signature: string;
  /** With `none`: why, e.g. `"fresh"` (no `cacheStrategy`), `"transaction"`, or a reason of the driver's. */
  readonly reason?: string;
}

export function infoOf({ outcomes }: PrismaCall, operation: string, args: unknown): AccelerateInfo {
  const passed = outcomes.find(({ status }) => status === "passed");
  const statuses = new Set(outcomes.map(({ status }) => status));
  const cacheStatus = statuses.has("miss")
    ? "miss"
    : passed !== undefined
      ? // Some of it came from the cache, some from the database.
        statuses.size > 1
        ? "miss"
        : "none"
      : statuses.has("stale")
        ? "swr"
        : statuses.has("hit")
          ? "ttl"
          : "none";
  return {
    cacheStatus,
    lastModified: new Date(outcomes.length === 0 ? Date.now() : Math.min(...outcomes.map(({ at }) => at))),
    region: "unspecified",
    requestId: crypto.randomUUID(),
    signature: signatureOf(operation, args),
    ...(cacheStatus === "none" && passed?.reason !== undefined ? { reason: passed.reason } : {}),
  };
}

function signatureOf(operation: string, args: unknown): string {
  const text = `${operation} ${textOf(args)}`;
  return [0, 1].map((seed) => hash32(text, seed).toString(16).padStart(8, "0")).join("");
}

function textOf(args: unknown): string {
  try {
    return JSON.stringify(args, (_, value) =>
      typeof value === "bigint" ? `${value}n` : ArrayBuffer.isView(value) ? String(value) : value,
    );
  } catch {
    // A read that has been answered does not fail by what is told of it.
    return "";
  }
}
