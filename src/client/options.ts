import { suggestion } from "../gateway/config/suggestion.ts";
import { type Duration, parseDuration } from "../runtime/duration.ts";
import { type Address, addressOf } from "./request/address.ts";
import type { ReadingFunctions } from "./request/read-request.ts";

/** Options of the `fetch` for supabase-js. */
export interface ClientOptions {
  /** Address of the gateway, without a path: `https://tidemark.example.workers.dev`. */
  readonly gateway: string;
  /**
   * Address of the Supabase project, as passed to `createClient()`: `https://abcdefgh.supabase.co`. Only this project's
   * reads go to the gateway; requests to other addresses go there directly.
   */
  readonly project: string;
  /**
   * Functions that only read, as `functions` of the gateway's configuration lists them: `"search_articles"`, or
   * `"schema.name"` outside of `public`. Their calls go to the gateway, too, and do not count as writes of this client. A
   * call whose answer does not come is made again, at Supabase. Default: none.
   */
  readonly functions?: readonly string[] | undefined;
  /** Makes the requests. Default: the platform's `fetch`. */
  readonly fetch?: typeof fetch | undefined;
  /**
   * The gateway has failed if it has not begun to answer by then, or if its answer then pauses for as long. At least 1
   * ms, at most two minutes. Default: `"5s"`.
   */
  readonly timeout?: Duration | undefined;
  /**
   * Whether reads after a write of this client reflect it. Default: `true`. With `false` only `wrote()` has that
   * effect.
   */
  readonly ownWrites?: boolean | undefined;
  /**
   * How long reads after a write carry its token. Set it to the longest `freshness` of your tables, with its
   * `staleWhileRevalidate`. Default: `"1m"`.
   */
  readonly tokenLifetime?: Duration | undefined;
  /** How long reads after a write go to Supabase if the gateway learns of changes by webhooks only. Default: `"5s"`. */
  readonly ownWritesBypass?: Duration | undefined;
}

/** The options with defaults filled in. */
export interface ResolvedOptions {
  /** `https://host[:port]` */
  readonly gateway: string;
  /** Its `rest` is empty, or a path without a slash at the end. */
  readonly project: Address;
  readonly functions: ReadingFunctions;
  readonly ask: typeof fetch;
  readonly ownWrites: boolean;
  readonly timeoutMs: number;
  readonly tokenMs: number;
  readonly directMs: number;
}

/** The options in the order in which a message lists them. */
const NAMES: Readonly<Record<keyof ClientOptions, true>> = {
  gateway: true,
  project: true,
  functions: true,
  fetch: true,
  timeout: true,
  ownWrites: true,
  tokenLifetime: true,
  ownWritesBypass: true,
};

/** Cloudflare gives up on an answer that has not begun after 120 s (error 524): a longer wait brings nothing. */
const LONGEST_TIMEOUT_MS = 120_000;

/** @throws TypeError, RangeError for a duration; the message names the option, and holds no password */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`tidemark: it takes an object, { gateway, project }, not ${shown(options)}`);
  }
  refuseUnknown(options);
  const gateway = gatewayOf(options.gateway);
  const project = projectOf(options.project);
  if (gateway === project.origin) {
    throw new TypeError(
      "tidemark: gateway and project are the same address; there is nothing to fall back to",
    );
  }
  return {
    gateway,
    project,
    functions: functionsOf(options.functions),
    ask: askingOf(options.fetch),
    ownWrites: booleanOf("ownWrites", options.ownWrites, true),
    timeoutMs: timeoutOf(options.timeout),
    tokenMs: lasting("tokenLifetime", options.tokenLifetime, "1m"),
    directMs: lasting("ownWritesBypass", options.ownWritesBypass, "5s"),
  };
}

function refuseUnknown(options: object): void {
  const names = Object.keys(NAMES);
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(NAMES, name)) continue;
    const similar = suggestion(name, names);
    const hint = similar === undefined ? `there are ${names.join(", ")}` : `did you mean "${similar}"?`;
    throw new TypeError(`tidemark: there is no option ${JSON.stringify(name)}; ${hint}`);
  }
}

function gatewayOf(given: unknown): string {
  const address = typeof given === "string" ? addressOf(given.trim()) : undefined;
  if (address?.rest === "" || address?.rest === "/") return address.origin;
  throw new TypeError(
    `tidemark: gateway must be the gateway's address without a path, such as "https://tidemark.example.workers.dev"; it is ${shownAddress(given)}`,
  );
}

function projectOf(given: unknown): Address {
  const address = typeof given === "string" ? addressOf(given.trim()) : undefined;
  if (address !== undefined && !/[?#\\\s]|\/rest\/v1\/*$/.test(address.rest)) {
    return { origin: address.origin, rest: address.rest.replace(/\/+$/, "") };
  }
  throw new TypeError(
    `tidemark: project must be the address that createClient() gets, such as "https://abcdefgh.supabase.co"; it is ${shownAddress(given)}`,
  );
}

function functionsOf(given: unknown): ReadingFunctions {
  if (given === undefined) return new Set();
  const isName = (each: unknown) => typeof each === "string" && /^[\w$-]+(?:\.[\w$-]+)?$/.test(each);
  if (Array.isArray(given) && given.every(isName)) return new Set(given as readonly string[]);
  throw new TypeError(
    `tidemark: functions must be a list of names, such as ["search_articles"]; it is ${Array.isArray(given) ? JSON.stringify(given) : shown(given)}`,
  );
}

function askingOf(given: unknown): typeof fetch {
  if (typeof given === "function") return given as typeof fetch;
  if (given !== undefined) throw new TypeError(`tidemark: fetch must be a function; it is ${shown(given)}`);
  // Looked up at each call, because React Native and tests replace `fetch` late.
  return (input: RequestInfo | URL, init?: RequestInit) => fetch(input, init);
}

function booleanOf(name: keyof ClientOptions, given: unknown, fallback: boolean): boolean {
  if (given === undefined) return fallback;
  if (typeof given === "boolean") return given;
  throw new TypeError(`tidemark: ${name} must be true or false; it is ${shown(given)}`);
}

function timeoutOf(given: Duration | undefined): number {
  const timeoutMs = lasting("timeout", given, "5s");
  if (timeoutMs <= LONGEST_TIMEOUT_MS) return timeoutMs;
  const hint = typeof given === "number" ? `; a number is in seconds: is "${given}ms" meant?` : "";
  throw new RangeError(`tidemark: timeout must be at most "2m"; it is ${shown(given)}${hint}`);
}

/** Milliseconds; at least one. */
function lasting(name: keyof ClientOptions, given: Duration | undefined, fallback: Duration): number {
  const milliseconds = millisecondsOf(given === undefined ? fallback : given);
  if (milliseconds >= 1) return milliseconds;
  throw new RangeError(
    `tidemark: ${name} must be a time of at least 1 ms, such as 5 (seconds), "250ms" or "5s"; it is ${shown(given)}`,
  );
}

/** NaN for an invalid duration. */
function millisecondsOf(duration: Duration): number {
  try {
    return parseDuration(duration);
  } catch {
    return Number.NaN;
  }
}

function shown(given: unknown): string {
  return typeof given === "string" ? JSON.stringify(given) : String(given);
}

function shownAddress(given: unknown): string {
  return shown(given).includes("@") ? "one with a user name or a password" : shown(given);
}
