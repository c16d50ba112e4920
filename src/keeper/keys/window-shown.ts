import type { Window } from "../../postgrest/verdict/window.ts";
import type { StoredResponse } from "../protocol/entry.ts";
import type { KeyRecord } from "./key-record.ts";
import type { Registry } from "./registry.ts";

/** Windows are not read from larger answers: the object serves everyone on one thread. */
const WINDOW_MAX_BODY_BYTES = 262_144;

const decoder = new TextDecoder();

/** The window that an entry of a registered key shows. Undefined: it has none, or would take too long to read. */
export function windowShown(
  registry: Pick<Registry, "windowIn">,
  record: KeyRecord,
  entry: StoredResponse,
): Window | undefined {
  if (!record.watched || (entry.status !== 200 && entry.status !== 206)) return undefined;
  if (entry.body.byteLength > WINDOW_MAX_BODY_BYTES) return undefined;
  return registry.windowIn(record, decoder.decode(entry.body), entry.headers["content-range"]);
}
