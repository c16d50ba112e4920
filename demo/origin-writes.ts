import { AT_ORIGIN, type RequestLine, redacted } from "../src/cli/dev/log/request-line.ts";

const WRITES: ReadonlySet<string> = new Set(["POST", "PATCH", "PUT", "DELETE"]);

/**
 * A write of rows that went straight to Supabase, for the log: else an answer would change there for no reason that is to be
 * seen. Undefined for all else, and for what came through the gateway, which has a line already.
 */
export function pastTheGateway(
  request: Request,
  response: Response,
  milliseconds: number,
): RequestLine | undefined {
  const { pathname, search } = new URL(request.url);
  const isWrite = WRITES.has(request.method) && /^\/rest\/v1\/(?!rpc\/)./.test(pathname);
  // The gateway says for which host it forwards.
  if (!isWrite || request.headers.has("x-forwarded-host")) return undefined;
  const { status } = response;
  const target = pathname + redacted(search);
  return { method: request.method, target, status, cacheStatus: AT_ORIGIN, reason: null, milliseconds };
}
