/** Path and query of a PostgREST read, or undefined for any other request. By slicing: React Native's `URL` is incomplete. */
export function readPathOf(input: RequestInfo | URL, init: RequestInit | undefined): string | undefined {
  const method = init?.method ?? (isRequest(input) ? input.method : "GET");
  if (!/^(?:GET|HEAD)$/i.test(method)) return undefined;
  if (init?.body != null || (isRequest(input) && input.body != null)) return undefined;
  const url = isRequest(input) ? input.url : String(input);
  return READ_URL.exec(url)?.[1];
}

/** Scheme, host, and from the path on without a fragment. */
const READ_URL = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*(\/rest\/v1\/[^#]*)/i;

/** The same request for another address: what a `Request` says, and over that what `init` says. */
export function gatewayRequest(input: RequestInfo | URL, init: RequestInit | undefined): RequestInit {
  return isRequest(input) ? { ...stated(input), ...init } : { ...init };
}

/** No `instanceof`: polyfills and other realms have Requests of their own. */
function isRequest(input: RequestInfo | URL): input is Request {
  return typeof input === "object" && "url" in input && "method" in input;
}

/** What of a `Request` is independent of its address and is kept by platforms that have it. */
const STATED = ["method", "headers", "signal", "credentials", "cache", "redirect", "referrerPolicy"];

function stated(request: Request): RequestInit {
  const said = request as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    STATED.filter((name) => said[name] !== undefined).map((name) => [name, said[name]]),
  );
}
