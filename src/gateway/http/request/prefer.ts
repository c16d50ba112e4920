import type { BypassReason } from "../outcome.ts";

/** The preferences that shape the answer to a read. The first of repeated ones counts, as in PostgREST. */
export interface Preferences {
  readonly count?: "exact";
  readonly handling?: "strict" | "lenient";
  readonly timezone?: string;
  /** Of a function only: what supabase-js adds to a `select` of columns, and APIs may report as applied. */
  readonly returning?: string;
}

/**
 * Preferences of a read, by `Preferences.hs` of PostgREST (RFC 7240, but case-sensitive and without quotes).
 * Preferences for writes are dropped, because they do not affect a read. These bypass: planner's counts, which change
 * without a row changing; what decides about the transaction; and what PostgREST does not know, because
 * `handling=strict` makes that an error. `count=none` is unknown too, but common, so it is dropped where PostgREST
 * drops it.
 *
 * @param isFunction `return=…` counts
 */
export function readPreferences(
  header: string | undefined,
  isFunction = false,
): Preferences | { readonly bypass: BypassReason } {
  if (header === undefined || header === "") return {};
  const preferences: { -readonly [Name in keyof Preferences]: Preferences[Name] } = {};
  let unknown = false;
  for (const preference of header.split(",").map((part) => part.trim())) {
    if (preference.startsWith("tx=")) return { bypass: "only-writes" };
    if (preference === "count=exact") preferences.count = "exact";
    else if (preference === "count=none") unknown = true;
    else if (preference === "handling=strict") preferences.handling ??= "strict";
    else if (preference === "handling=lenient") preferences.handling ??= "lenient";
    else if (preference.startsWith("timezone="))
      preferences.timezone ??= preference.slice("timezone=".length);
    else if (isFunction && preference.startsWith("return=") && ABOUT_WRITES.has(preference))
      preferences.returning ??= preference.slice("return=".length);
    // Of a function's rows, too, it is an error if there are more.
    else if (!ABOUT_WRITES.has(preference) && (isFunction || !/^max-affected=/.test(preference))) {
      return { bypass: "uncacheable-prefer" };
    }
  }
  const { handling, timezone } = preferences;
  if (unknown && handling === "strict") return { bypass: "uncacheable-prefer" };
  if (timezone !== undefined && !TIME_ZONE.test(timezone)) return { bypass: "uncacheable-prefer" };
  return preferences;
}

/**
 * Anything that Postgres may accept as a time zone: a name, an offset, `<+05>-5`. PostgREST decides, because what it
 * accepts depends on its version.
 */
const TIME_ZONE = /^[\w+\-/:.<>]{1,64}$/;

const ABOUT_WRITES: ReadonlySet<string> = new Set([
  "resolution=merge-duplicates",
  "resolution=ignore-duplicates",
  "return=representation",
  "return=minimal",
  "return=headers-only",
  "missing=default",
  "missing=null",
]);

/** Prints them in the order in which PostgREST reports them as applied. */
export function printPreferences({ count, handling, timezone, returning }: Preferences): string {
  const parts: string[] = [];
  if (returning !== undefined) parts.push(`return=${returning}`);
  if (count !== undefined) parts.push(`count=${count}`);
  if (handling !== undefined) parts.push(`handling=${handling}`);
  if (timezone !== undefined) parts.push(`timezone=${timezone}`);
  return parts.join(", ");
}
