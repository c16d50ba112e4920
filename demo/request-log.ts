import { parameterName } from "../src/gateway/http/request/parameter-name.ts";

/** One request that the gateway answered: the Worker logs it as a line of JSON, and the demo prints it for people. */
export interface RequestLine {
  method: string;
  /** path and query */
  target: string;
  status: number;
  cacheStatus: string | null;
  milliseconds: number;
}

interface Handler<Env, Context> {
  fetch(request: Request, env: Env, context: Context): Response | Promise<Response>;
}

/** The same Worker, logging each request. For the demo only: benchmarks use the Worker as it is. */
export function logRequests<Env, Context, Worker extends Handler<Env, Context>>(
  worker: Worker & Handler<Env, Context>,
): Worker {
  return {
    ...worker,
    async fetch(request: Request, env: Env, context: Context) {
      const begun = Date.now();
      const response = await worker.fetch(request, env, context);
      const { pathname, search } = new URL(request.url);
      const line: RequestLine = {
        method: request.method,
        target: pathname + redacted(search),
        status: response.status,
        cacheStatus: response.headers.get("cache-status"),
        milliseconds: Date.now() - begun,
      };
      console.log(JSON.stringify({ request: line }));
      return response;
    },
  };
}

const SECRET_PARAMETERS: ReadonlySet<string> = new Set(["apikey", "token", "access_token"]);

/** A query without the values of keys and tokens, which some clients put there: a log is read by more people than a header. */
function redacted(search: string): string {
  return search.replace(/([?&;])([^=&;]*)=[^&;]*/g, (whole, before: string, name: string) =>
    SECRET_PARAMETERS.has(parameterName(name) ?? "") ? `${before}${name}=***` : whole,
  );
}

/** Parses a line that a Worker logged. `undefined`: the line is not about a request. */
export function parseRequestLine(message: string): RequestLine | undefined {
  if (!message.startsWith('{"request":')) return undefined;
  try {
    return (JSON.parse(message) as { request: RequestLine }).request;
  } catch {
    return undefined;
  }
}

/** `GET   200    3 ms  hit; detail=memory        /rest/v1/articles?select=id`, with the longest part last. */
export function formatRequestLine(line: RequestLine, paint: Paint): string {
  const status = (line.cacheStatus ?? "-").replace(/^tidemark; /, "");
  const took = line.milliseconds < 1 ? "<1 ms" : `${line.milliseconds} ms`;
  return [
    line.method.padEnd(7),
    paint(line.status < 400 ? "plain" : "red", String(line.status)),
    took.padStart(8),
    "",
    paint(colourOf(status), status.padEnd(34)),
    legible(line.target),
  ].join(" ");
}

/** Unescapes the punctuation of queries, which supabase-js escapes. The rest stays: a terminal obeys some characters. */
function legible(target: string): string {
  return target.replace(/%(?:2C|28|29|3A|2A|22|3E)/gi, decodeURIComponent);
}

export type Colour = "plain" | "green" | "yellow" | "red" | "dim" | "bold";
export type Paint = (colour: Colour, text: string) => string;

function colourOf(status: string): Colour {
  if (status.startsWith("hit")) return "green";
  if (status.startsWith("fwd=bypass") || status === "-") return "dim";
  return "yellow";
}
