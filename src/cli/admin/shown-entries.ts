import { byAgeForMsIn } from "../command/by-age.ts";
import type { AdminClient } from "./admin-client.ts";
import { mayCountByAge, type ShownEntries } from "./entries-shape.ts";

/** Entries with what the gateway says of all of them. It is asked only where that would explain something. */
export async function shownEntries(
  client: Pick<AdminClient, "get">,
  entries: ShownEntries["entries"],
): Promise<ShownEntries> {
  return { entries, byAgeForMs: mayCountByAge(entries) ? byAgeForMsIn(await client.get("stats")) : 0 };
}
