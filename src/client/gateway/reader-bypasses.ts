import { hash32 } from "../../runtime/hash.ts";
import type { Label } from "./cache-status.ts";
import { elapsedTime } from "./elapsed.ts";

/** How long a read goes around the gateway that has just been passed through because of who asks. */
const SKIPPED_MS = 60_000;

/** More than a page reads. */
const MOST_SKIPPED = 256;

/** Bypasses that the same reader gets for the same read again. A token that is not known is known a moment later. */
const BY_WHO_ASKS: ReadonlySet<string> = new Set([
  "user-token",
  "role-not-cached",
  "audience-unknown",
  "reads-request",
]);

/** A reader and what they read, as a number: of their token nothing is kept. Undefined: they show none. */
export type ReaderOf = number | undefined;

/**
 * Who reads what: the token, the schema, the relation and what is selected. Filters do not count, since they hardly
 * decide whether an answer may be shared. Two readers may rarely have one number; one of them then goes around the
 * gateway for a minute, too.
 *
 * @param path path and query of the read
 */
export function readerOf(path: string, { headers }: RequestInit): ReaderOf {
  const sent = new Headers(headers);
  const authorization = sent.get("authorization");
  if (authorization === null) return undefined;
  const [relation = "", query = ""] = path.split("?", 2);
  const selected = query.split("&").find((parameter) => parameter.startsWith("select=")) ?? "";
  return hash32([authorization, sent.get("accept-profile"), relation, selected].join("\n"));
}

/** Reads that need not ask the gateway for a while, so that nobody pays a hop for nothing. */
export class ReaderBypasses {
  readonly #now = elapsedTime();
  /** Until when, oldest first. */
  readonly #until = new Map<number, number>();

  /** What the gateway has said of a read. */
  note(reader: ReaderOf, label: Label): void {
    if (reader === undefined) return;
    if (label.get("fwd") !== "bypass" || !BY_WHO_ASKS.has(label.get("detail") ?? "")) return;
    this.#until.delete(reader);
    this.#until.set(reader, this.#now() + SKIPPED_MS);
    const [oldest] = this.#until.keys();
    if (this.#until.size > MOST_SKIPPED && oldest !== undefined) this.#until.delete(oldest);
  }

  has(reader: ReaderOf): boolean {
    if (reader === undefined) return false;
    const until = this.#until.get(reader);
    return until !== undefined && this.#now() < until;
  }
}
