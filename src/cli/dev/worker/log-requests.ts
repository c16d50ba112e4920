import { LINE_PREFIX, type RequestLine, redacted } from "../log/request-line.ts";

interface FetchHandler<Env, Context> {
  fetch(request: Request, env: Env, context: Context): Response | Promise<Response>;
}

/** The same Worker, logging each request as a line of JSON. For a machine of one's own only. */
export function logRequests<Env, Context, Worker extends FetchHandler<Env, Context>>(
  worker: Worker & FetchHandler<Env, Context>,
): Worker {
  return {
    ...worker,
    async fetch(request: Request, env: Env, context: Context) {
      const begun = Date.now();
      const { pathname, search } = new URL(request.url);
      const log = (answer: Pick<RequestLine, "status" | "cacheStatus" | "reason">) => {
        const line = { method: request.method, target: pathname + redacted(search), ...answer };
        console.log(LINE_PREFIX + JSON.stringify({ ...line, milliseconds: Date.now() - begun }));
      };
      let response: Response;
      try {
        response = await worker.fetch(request, env, context);
      } catch (error) {
        log({ status: 500, cacheStatus: null, reason: String(error) });
        throw error;
      }
      const { status, headers } = response;
      log({ status, cacheStatus: headers.get("cache-status"), reason: await reasonOf(response) });
      return response;
    },
  };
}

/** Beyond this, an error's body is not looked at. Bytes. */
const MOST = 20_000;

/** Why the gateway (`detail`) or PostgREST (`message`) refuses. Null: it does not, or does not say. */
async function reasonOf(response: Response): Promise<string | null> {
  const { status, headers } = response;
  if (status < 400 || !/\bjson\b/.test(headers.get("content-type") ?? "")) return null;
  if (!response.body || Number(headers.get("content-length") ?? 0) > MOST) return null;
  try {
    const body: unknown = JSON.parse((await response.clone().text()).slice(0, MOST));
    const { detail, message, msg } = body as Readonly<Record<string, unknown>>;
    const reason = [detail, message, msg].find((each) => typeof each === "string");
    return reason === undefined ? null : String(reason);
  } catch {
    return null;
  }
}
