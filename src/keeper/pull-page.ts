import { type Change, ChangeSyntaxError, changeFromWebhook } from "../postgrest/change.ts";
import { arrayElements, objectMembers, unquote } from "../postgrest/json-source.ts";

/** A page of `tidemark_changes()`. */
export interface PullPage {
  /** Another one than at the last pull: the database was made anew, or has started again. */
  readonly history: string;
  readonly schemaVersion: number;
  /** The cursor to store once the last page is ingested. */
  readonly snapshot: string;
  /** Something that the cursor has not seen may be gone: nothing that was known before counts. */
  readonly flush: boolean;
  readonly changes: readonly Change[];
  /** A change of the schema, or of nobody knows what, is among them. */
  readonly everything: boolean;
  /** The number of the last row, to ask for the next page. */
  readonly last: string | null;
  readonly more: boolean;
  /** Milliseconds from each change's statement to this pull, both by the database's clock. */
  readonly lags: readonly number[];
}

/** What the pull answered cannot be read: nothing may be proven by it. */
class PullSyntaxError extends Error {
  override readonly name = "PullSyntaxError";
  readonly code = "pull";
}

/**
 * Reads a page without losing a digit of its rows.
 *
 * @throws PullSyntaxError when it is not one
 */
export function parsePage(text: string): PullPage {
  const members = membersOf(text);
  const source = (name: string): string => {
    const found = members[name];
    if (found === undefined) throw new PullSyntaxError(`the page has no ${name}`);
    return found;
  };
  const events = arrayElements(source("changes"));
  if (events === undefined) throw new PullSyntaxError("changes is not an array");
  const now = numberOf(source("now"));
  const changes: Change[] = [];
  const lags: number[] = [];
  let everything = false;
  for (const event of events) {
    const { type, schema, table, writtenAt } = membersOf(event);
    if (writtenAt !== undefined) lags.push(Math.max(0, now - numberOf(writtenAt)));
    if (type !== '"FLUSH"') changes.push(changeOf(event));
    else if (schema?.startsWith('"') && table?.startsWith('"')) {
      changes.push({ kind: "flush", relation: `${unquote(schema)}.${unquote(table)}` });
    } else everything = true;
  }
  const last = source("last");
  return {
    history: JSON.stringify([textOf(source("incarnation")), textOf(source("started"))]),
    schemaVersion: numberOf(source("schemaVersion")),
    snapshot: textOf(source("snapshot")),
    flush: source("flush") !== "false",
    changes,
    everything,
    last: last === "null" ? null : last,
    more: source("more") !== "false",
    lags,
  };
}

function membersOf(text: string): Record<string, string> {
  let members: Record<string, string> | undefined;
  try {
    JSON.parse(text);
    members = objectMembers(text);
  } catch {
    // Told below.
  }
  if (members === undefined) throw new PullSyntaxError("the page is not a JSON object");
  return members;
}

function changeOf(event: string): Change {
  try {
    return changeFromWebhook(event);
  } catch (error) {
    if (!(error instanceof ChangeSyntaxError)) throw error;
    throw new PullSyntaxError(`a change cannot be read: ${error.message}`);
  }
}

function textOf(source: string): string {
  if (!source.startsWith('"')) throw new PullSyntaxError("a text is not one");
  return unquote(source);
}

function numberOf(source: string): number {
  const number = Number(source);
  if (!Number.isFinite(number)) throw new PullSyntaxError("a number is not one");
  return number;
}
