import { parameterName } from "../../../gateway/http/request/parameter-name.ts";
import type { Colour, Paint } from "../../print/paint.ts";
import { printable } from "../../print/table.ts";

/** One request that was answered. The Worker logs it as a line of JSON; here it becomes one for people. */
export interface RequestLine {
  readonly method: string;
  /** path and query */
  readonly target: string;
  readonly status: number;
  /** Of the gateway's answer; null: it has none. */
  readonly cacheStatus: string | null;
  /** Why it failed, in the words of who refused; null: it did not, or nobody says. */
  readonly reason: string | null;
  readonly milliseconds: number;
}

export const LINE_PREFIX = "tidemark-request ";

/** Parses a line that a Worker logged. `undefined`: the line is not about a request. */
export function parseRequestLine(message: string): RequestLine | undefined {
  if (!message.startsWith(LINE_PREFIX)) return undefined;
  try {
    return JSON.parse(message.slice(LINE_PREFIX.length)) as RequestLine;
  } catch {
    return undefined;
  }
}

/**
 * `GET   200    3 ms  hit; detail=memory        /rest/v1/articles?select=id`, with the longest part last. A reason is a line
 * of its own.
 */
export function formatRequestLine(line: RequestLine, paint: Paint): string {
  const status = printable((line.cacheStatus ?? "-").replace(/^tidemark; /, ""));
  const took = line.milliseconds < 1 ? "<1 ms" : `${line.milliseconds} ms`;
  const shown = [
    line.method.padEnd(7),
    paint(line.status < 400 ? "plain" : "red", String(line.status)),
    took.padStart(8),
    "",
    paint(colourOf(status), status.padEnd(34)),
    printable(legible(line.target)),
  ].join(" ");
  return line.reason === null ? shown : `${shown}\n${paint("red", `        ${printable(line.reason)}`)}`;
}

/** Unescapes the punctuation of queries, which supabase-js escapes. The rest stays: a terminal obeys some characters. */
function legible(target: string): string {
  return target.replace(/%(?:2C|28|29|3A|2A|22|3E)/gi, decodeURIComponent);
}

function colourOf(status: string): Colour {
  if (status.startsWith("hit")) return "green";
  if (status.startsWith("fwd=bypass") || status === "-" || status === AT_ORIGIN) return "dim";
  return "yellow";
}

/** Stands in place of `Cache-Status` for what went to the database past the gateway. */
export const AT_ORIGIN = "past the gateway";

/** Of Supabase's keys, sessions, signed files and links in mails. */
const SECRET_PARAMETERS: ReadonlySet<string> = new Set([
  "apikey",
  "token",
  "access_token",
  "refresh_token",
  "provider_token",
  "provider_refresh_token",
  "token_hash",
]);

/** A query without the values of keys and tokens, which some clients put there: a log is read by more people than a header. */
export function redacted(search: string): string {
  return search.replace(/([?&;])([^=&;]*)=[^&;]*/g, (whole, before: string, name: string) =>
    SECRET_PARAMETERS.has(parameterName(name) ?? "") ? `${before}${name}=***` : whole,
  );
}
