import { type Window, windowOf } from "../../postgrest/verdict/window.ts";
import { WINDOW_MAX_BODY_BYTES } from "../protocol/constants.ts";
import type { StoredResponse } from "../protocol/entry.ts";
import type { KeyRecord } from "./key-record.ts";

const decoder = new TextDecoder();

/** What an entry shows of its key's footprint; undefined when that tells nothing, or would take too long to read. */
export function windowShown({ footprint, watched }: KeyRecord, entry: StoredResponse): Window | undefined {
  if (!watched || (entry.status !== 200 && entry.status !== 206)) return undefined;
  if (entry.body.byteLength > WINDOW_MAX_BODY_BYTES) return undefined;
  return windowOf(footprint, decoder.decode(entry.body), entry.headers["content-range"]);
}
