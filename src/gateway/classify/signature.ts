import type { ResolvedConfig } from "../config/config.ts";
import { headerRole } from "../http/headers/header-role.ts";
import type { Target } from "../http/request/target.ts";
import { type Credential, credentialOf } from "./audience.ts";

/** The part of a request that classifying looks at. */
export interface ReadRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** What prevents caching whatever the read is; the details do not matter. */
type Obstacle = "body" | "cookie" | "unkeyed-header" | "no-store";

/** The parts of a signature. */
export interface Signature {
  readonly method: string;
  readonly credential: Credential;
  readonly obstacles: ReadonlySet<Obstacle>;
  readonly path: string;
  /** The raw query string, without `?`. */
  readonly search: string;
  /** `accept`, `accept-profile`, `prefer`, `range`, … as they came. */
  readonly headers: ReadonlyMap<string, string>;
  /** Headers that the configuration makes part of the key, sorted by name. */
  readonly keyed: ReadonlyMap<string, string>;
}

/**
 * Everything that classifying looks at, in one string: equal signatures classify equally. It holds no secrets, only the
 * kind of credentials, so all user tokens have the same signature. Each part is a line, because neither header values
 * nor what `parseTarget` gives can hold a line break.
 */
export function signatureOf(
  request: ReadRequest,
  path: string,
  search: string,
  config: ResolvedConfig,
): string {
  return signatureFrom({ path, search }, inspectHeaders(request, config).terms);
}

export function signatureFrom({ path, search }: Target, terms: string): string {
  return `${path}\n${search}\n${terms}`;
}

/** What one pass over the headers finds. That pass is a large part of what a hit costs, so there is only one. */
export interface InspectedHeaders {
  /** The signature without the target. */
  readonly terms: string;
  readonly cacheControl: string | null;
  readonly ifNoneMatch: string | null;
  /** The token's text, not parsed; null when there is none. */
  readonly token: string | null;
  /** As it came. It is in no signature, so whatever is remembered by one holds no user's token. */
  readonly authorization: string | null;
}

export function inspectHeaders(request: ReadRequest, config: ResolvedConfig): InspectedHeaders {
  let cacheControl: string | null = null;
  let ifNoneMatch: string | null = null;
  let token: string | null = null;
  let apikey: string | null = null;
  let authorization: string | null = null;
  let body = request.body === null || request.body === undefined ? "" : " body";
  let cookie = "";
  let unkeyed = "";
  let noStore = "";
  let lines = "";
  // In workerd, `forEach` is a little cheaper than the iterator.
  request.headers.forEach((value, name) => {
    switch (headerRole(name, config.headers)) {
      case "silent":
        break;
      case "shaping":
        lines += `\n${name}:${value}`;
        break;
      case "keyed":
        lines += `\n=${name}:${value}`;
        break;
      case "apikey":
        apikey = value;
        break;
      case "authorization":
        authorization = value;
        break;
      case "if-none-match":
        ifNoneMatch = value;
        break;
      case "cache-control":
        cacheControl = value;
        if (/(?:^|[\s,])no-store(?:$|[\s,])/i.test(value)) noStore = " no-store";
        break;
      case "token":
        token = value;
        break;
      case "body":
        if (value !== "0") body = " body";
        break;
      case "cookie":
        cookie = " cookie";
        break;
      case "unkeyed":
        unkeyed = " unkeyed-header";
    }
  });
  const credential = credentialOf(apikey, authorization, config.keys);
  const first = `${request.method} ${credential}${body}${cookie}${unkeyed}${noStore}`;
  return { terms: first + lines, cacheControl, ifNoneMatch, token, authorization };
}

export function readSignature(signature: string): Signature {
  const [path = "", search = "", first = "", ...lines] = signature.split("\n");
  const [method = "", credential = "", ...obstacles] = first.split(" ");
  const headers = new Map<string, string>();
  const keyed = new Map<string, string>();
  for (const line of lines.sort()) {
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1);
    if (line.startsWith("=")) keyed.set(line.slice(1, colon), value);
    else headers.set(line.slice(0, colon), value);
  }
  return {
    method,
    credential: credential as Credential,
    obstacles: new Set(obstacles as Obstacle[]),
    path,
    search,
    headers,
    keyed,
  };
}
