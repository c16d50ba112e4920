/** Where a hit was found: the `detail` of `Cache-Status`. */
export type HitDetail =
  /** this isolate's memory, at once */
  | "memory"
  /** this isolate's memory, once a sync had proven it: the reader waited for the keeper */
  | "verified"
  /** the data centre's own cache, where another isolate has left it */
  | "colo"
  /** Workers KV */
  | "kv"
  /** the keeper: its own recent body, or its confirmation that a refused body is still good */
  | "keeper"
  /** refused by the fence, but proven until a moment that is inside the bound; refilled in the second half of it */
  | "revalidating"
  /** older than the bound, but inside `staleWhileRevalidate` and not refused; the keeper is asked behind */
  | "stale-while-revalidate"
  /** the origin failed, and an older answer is inside `staleIfError` */
  | "stale-if-error";

/** Why the origin answered a read without the cache. Docs, events, statistics and `Cache-Status` use these names. */
export const BYPASS_REASONS = {
  // the request
  "table-not-configured": "the table is not in the configuration",
  "function-not-configured": "the function is not in the configuration",
  "function-unknown": "the database has not described the function",
  "ambiguous-function":
    "it is not certain which function is called, or how: overloads, arguments without a name or of any type",
  "volatile-function": "a VOLATILE function that is not known to do nothing but read",
  "sets-response": "a function that may set the answer's status or headers",
  "uncacheable-body":
    "a POST of a function whose body is not one JSON object of up to 64 KB with distinct members",
  "no-key": "the request carries no key of anonymous readers",
  "other-key":
    "an apikey that is not the configured publishable (or legacy anon) key, or one where none is configured",
  "user-token": "a user's token, and neither audiences nor audience: public lets the answer be shared",
  "token-unknown": "a token that the database has not vouched for yet; it is being asked",
  "token-expired": "a token past its end",
  "role-not-cached":
    "a token of a role that audiences.roles does not list, or that may not call tidemark_whoami yet",
  "audience-unknown": "what the answer depends on of the reader is not understood",
  "unkeyed-header": "a header that PostgREST shows to SQL, neither ignored nor keyed by the configuration",
  cookie: "a Cookie header",
  "time-dependent": "a literal such as now or today, whose meaning changes with time",
  unparsable: "a query that the parser does not know; PostgREST judges it",
  "unknown-embed": "an embedded relation that the configuration does not declare",
  "reads-request": "a policy, a view or a function reads something of the request that is not in the key",
  "uncacheable-accept": "an Accept header whose answers are not cached",
  "uncacheable-prefer": "a Prefer header whose answers are not cached",
  "uncacheable-range": "a Range header that is not one range of rows",
  "url-too-long": "a query longer than the cap",
  "key-too-large": "a keyed header, or what the keeper would have to remember of the query, is over its cap",
  "request-no-store": "Cache-Control: no-store in the request",
  "only-writes": "a read that carries a body or a transaction preference",
  // the response
  "response-too-large": "a response body over the size cap",
  "response-no-store": "Cache-Control: no-store in the response",
  "response-private": "Cache-Control: private in the response",
  "set-cookie": "a Set-Cookie that the origin's edge did not add by itself",
  "vary-star": "Vary: * in the response",
  "vary-unkeyed": "Vary names a request header that is not part of the key",
  "status-not-cacheable": "a status other than 200, 206, or the 406 of no single row",
  "unexpected-type": "a response whose Content-Type is not the one asked for",
  "unknown-encoding": "a Content-Encoding that the platform does not undo",
  "broken-body": "a response body that is empty, cut off, or not what its Content-Type says",
  // the system
  misconfigured: "the environment is wrong, so nothing is cached until it is mended: see health",
  "mode-off": "the cache is switched off",
  "mode-shadow": "shadow mode: the origin answers",
  budget: "over a cap: too many keys, or one client's share of new keys, origin requests or strict reads",
  "keeper-failed": "the keeper did not answer in time, or refused",
  "keeper-starting":
    "this isolate is new and waits for its first word from the keeper, which may be starting itself",
  "breaker-open": "the keeper failed repeatedly a moment ago and is not asked for now",
  "cannot-prove": "no answer with a proof young enough could be had",
} as const;

export type BypassReason = keyof typeof BYPASS_REASONS;

/** How a read was answered. */
export type ReadOutcome = Exclude<RequestOutcome, { readonly kind: "method" }>;

/** How a request was answered. `Cache-Status`, statistics, events and the demo's log use these words. */
export type RequestOutcome =
  | { readonly kind: "hit"; readonly detail: HitDetail }
  /** Stored for the next reader. `stale`: there was an entry, but the fence refused it and its proof was too old. */
  | {
      readonly kind: "miss";
      readonly forward: "uri-miss" | "stale";
      readonly collapsed: boolean;
    }
  | { readonly kind: "bypass"; readonly reason: BypassReason }
  /** Not a read, so passed through. */
  | { readonly kind: "method" }
  | { readonly kind: "error"; readonly reason: "unreachable" | "timeout" };
