import { type Window, windowOf } from "../../postgrest/verdict/window.ts";
import type { StoredResponse } from "../protocol/entry.ts";
import type { KeyRecord } from "./key-record.ts";

/** Windows are not read from larger answers: the object serves everyone on one thread. */
const WINDOW_MAX_BODY_BYTES = 262_144;

const decoder = new TextDecoder();

/** The window that an entry shows. Undefined: it has none, or would take too long to read. */
export function windowShown({ footprint, watched }: KeyRecord, entry: StoredResponse): Window | undefined {
  if (!watched || (entry.status !== 200 && entry.status !== 206)) return undefined;
  if (entry.body.byteLength > WINDOW_MAX_BODY_BYTES) return undefined;
  return windowOf(footprint, decoder.decode(entry.body), entry.headers["content-range"]);
}
