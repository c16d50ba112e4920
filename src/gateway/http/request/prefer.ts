import type { BypassReason } from "../outcome.ts";

/** The preferences that shape the answer to a read. Of repeated ones the first counts, as in PostgREST. */
export interface Preferences {
  readonly count?: "exact";
  readonly handling?: "strict" | "lenient";
  readonly timezone?: string;
}

/**
 * Preferences of a read, by `Preferences.hs` of PostgREST (RFC 7240, but case-sensitive and without quotes). Those
 * about writes are dropped, as they change nothing. Refused are planner's counts, which move without a row changing,
 * what decides over a transaction, and what PostgREST does not know: with `handling=strict` it would complain.
 * `count=none` is one of those, but a common one: it is dropped where PostgREST drops it.
 */
export function readPreferences(header: string | undefined): Preferences | { readonly bypass: BypassReason } {
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
    else if (!ABOUT_WRITES.has(preference) && !/^max-affected=/.test(preference)) {
      return { bypass: "uncacheable-prefer" };
    }
  }
  const { handling, timezone } = preferences;
  if (unknown && handling === "strict") return { bypass: "uncacheable-prefer" };
  if (timezone !== undefined && !TIME_ZONE.test(timezone)) return { bypass: "uncacheable-prefer" };
  return preferences;
}

/**
 * Whatever Postgres may take for a time zone: a name, an offset, `<+05>-5`. Which of them PostgREST takes, and what it
 * does with others, depends on its version: it is asked.
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

/** In the order in which PostgREST reports them as applied. */
export function printPreferences({ count, handling, timezone }: Preferences): string {
  const parts: string[] = [];
  if (count !== undefined) parts.push(`count=${count}`);
  if (handling !== undefined) parts.push(`handling=${handling}`);
  if (timezone !== undefined) parts.push(`timezone=${timezone}`);
  return parts.join(", ");
}
