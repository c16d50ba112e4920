import * as v from "valibot";
import { reasonOf } from "../../relay/reason.ts";
import { VERSION } from "../../runtime/version.ts";
import { CommandError } from "../command/command-error.ts";
import { isTimeout, silentFor } from "../command/deadline.ts";
import { readEnvironment } from "../command/environment.ts";
import { jsonOf } from "../command/json.ts";
import { printable } from "../print/table.ts";
import { problemError } from "./problem-error.ts";
import { sayIfSlow } from "./say-if-slow.ts";

/** Where `tidemark dev` listens unless it is told otherwise. */
const LOCAL_GATEWAY = "http://127.0.0.1:8787";

export const GATEWAY_FLAG = {
  type: "string",
  valueHint: "url",
  description: `The gateway's address ($TIDEMARK_GATEWAY_URL, else ${LOCAL_GATEWAY})`,
} as const;

export const JSON_FLAG = {
  type: "boolean",
  description: "The gateway's answer as JSON, for scripts",
} as const;

/** The admin endpoints of a running gateway. Every failure is a CommandError, and none repeats the secret. */
export interface AdminClient {
  /** Without a slash at its end. */
  readonly gateway: string;
  /** The answer of `GET /_tidemark/<path>`, as it came. */
  get(path: string): Promise<unknown>;
  /** The answer of `POST /_tidemark/<path>`. It may take long, as a warming does. */
  post(path: string, body: object): Promise<unknown>;
  /** The answer in its expected form. @throws CommandError that names both versions */
  read<S extends v.GenericSchema>(shape: S, answer: unknown): Promise<v.InferOutput<S>>;
}

/**
 * A client of the gateway that the flag, the environment or `.dev.vars` names. The secret has no flag: anyone who lists
 * processes could see it.
 *
 * @throws CommandError when the address is none, or the secret is not set
 */
export function adminClient(flag: string | undefined): AdminClient {
  const gateway = addressOf(flag ?? (process.env.TIDEMARK_GATEWAY_URL?.trim() || LOCAL_GATEWAY));
  const { settings, sources } = readEnvironment();
  const secret = settings.TIDEMARK_ADMIN_SECRET?.trim();
  if (!secret) {
    const hint = "Export it, or put it into .dev.vars. It has no flag: whoever lists processes could see it";
    throw new CommandError("TIDEMARK_ADMIN_SECRET is not set", hint, { exitCode: 2 });
  }
  if (!isPrivate(new URL(gateway))) {
    process.stderr.write(`tidemark: TIDEMARK_ADMIN_SECRET goes to ${gateway} unencrypted: use https\n`);
  }
  return new HttpAdminClient(gateway, headersWith(secret), sources.TIDEMARK_ADMIN_SECRET ?? "here");
}

/** A path and query that an argument names: `/rest/v1/…`, or the same behind any address. Keys of `entries` stay as they are. */
export function queryOf(argument: string): string {
  const [, path] = argument.match(/^https?:\/\/[^/?#]*(\/[^#]*)/) ?? [];
  if (path !== undefined) return path;
  if (argument.startsWith("/")) return argument;
  const hint = "For example: '/rest/v1/articles?select=id', or a whole URL, in quotes";
  throw new CommandError(`${JSON.stringify(argument)} is neither a path nor a URL`, hint, { exitCode: 2 });
}

export function printJson(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
}

export function printLines(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** A whole keeper may be asked to start first. */
const GET_DEADLINE_MS = 15_000;
/** Twenty queries, four at a time, each within `timeouts.origin` at its default of 8 s. */
const POST_DEADLINE_MS = 60_000;

const healthShape = v.object({ version: v.string() });

class HttpAdminClient implements AdminClient {
  readonly gateway: string;
  readonly #headers: Headers;
  readonly #secretFrom: string;

  /** @param secretFrom where the secret was read, such as `.dev.vars` */
  constructor(gateway: string, headers: Headers, secretFrom: string) {
    this.gateway = gateway;
    this.#headers = headers;
    this.#secretFrom = secretFrom;
  }

  get(path: string): Promise<unknown> {
    return this.#ask(path, {}, GET_DEADLINE_MS);
  }

  post(path: string, body: object): Promise<unknown> {
    return this.#ask(path, { method: "POST", body: JSON.stringify(body) }, POST_DEADLINE_MS);
  }

  async read<S extends v.GenericSchema>(shape: S, answer: unknown): Promise<v.InferOutput<S>> {
    const result = v.safeParse(shape, answer, { abortEarly: true });
    if (result.success) return result.output;
    const [issue] = result.issues;
    const field = issue.path?.map(({ key }) => String(key)).join(".") ?? "its answer";
    throw await this.#anotherVersion(`${field}: ${issue.message}`);
  }

  async #ask(path: string, init: RequestInit, deadlineMs: number): Promise<unknown> {
    let response: Response;
    let text: string;
    const fetching = async () => {
      // A redirect would carry the secret to another place.
      const response = await fetch(`${this.gateway}/_tidemark/${path}`, {
        ...init,
        headers: this.#headers,
        redirect: "manual",
        signal: AbortSignal.timeout(deadlineMs),
      });
      return { response, text: await response.text() };
    };
    const say = () =>
      process.stderr.write(
        `tidemark: waiting for ${printable(this.gateway)}, for ${deadlineMs / 1_000} s at most\n`,
      );
    try {
      ({ response, text } = await sayIfSlow(fetching(), say));
    } catch (error) {
      throw unanswered(this.gateway, error, deadlineMs);
    }
    const answer = jsonOf(text);
    if (response.ok && answer !== undefined) return answer;
    const problem = problemError(this.gateway, answer, this.#secretFrom);
    if (problem === "no-such-path") throw await this.#anotherVersion(`it has no /_tidemark/${path}`);
    if (problem !== undefined) throw problem;
    throw new CommandError(
      `something other than a gateway answers at ${this.gateway}: ${response.status}, ${response.headers.get("content-type") ?? "without a type"}`,
      "Check the address: it is that of the Worker, without a path",
      { exitCode: 3 },
    );
  }

  async #anotherVersion(what: string): Promise<CommandError> {
    const health = v.safeParse(healthShape, await this.#health());
    const version = health.success ? health.output.version : "unknown";
    const hint = `This command is of version ${VERSION}; use the one of the gateway, or deploy the gateway again`;
    return new CommandError(`the gateway is of another version, ${version}: ${what}`, hint, { exitCode: 3 });
  }

  async #health(): Promise<unknown> {
    const init = { redirect: "manual", signal: AbortSignal.timeout(GET_DEADLINE_MS) } as const;
    return fetch(`${this.gateway}/_tidemark/health`, init)
      .then((response) => response.json())
      .catch(() => undefined);
  }
}

/** What to say when a gateway has given no answer at all. */
export function unanswered(gateway: string, error: unknown, deadlineMs: number): CommandError {
  const what = isTimeout(error) ? silentFor(deadlineMs) : `cannot be reached: ${reasonOf(error)}`;
  const hint = isTimeout(error)
    ? "Is the address right? If it is, the gateway's keeper or its database is slow: try again"
    : "Is it running? tidemark dev starts one on this machine; --gateway names another";
  return new CommandError(`${gateway} ${what}`, hint, { exitCode: 3, cause: error });
}

function addressOf(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) {
    return text.replace(/[?#].*$/, "").replace(/\/+(_tidemark(\/.*)?)?$/, "");
  }
  // `localhost:8787` is a URL, too: of the protocol `localhost:`.
  const isHost = /^[\w.-]+(?::\d+)?$/.test(text);
  const example = isHost
    ? `http${/^(?:localhost|127\.)/.test(text) ? "" : "s"}://${text}`
    : "https://cache.example.com";
  const hint = `${isHost ? "Did you mean" : "For example:"} --gateway ${example}${isHost ? "?" : ""}`;
  throw new CommandError("the gateway's address is not an HTTP URL", hint, { exitCode: 2 });
}

/** Whether nobody on the way can read what is sent. */
function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function headersWith(secret: string): Headers {
  try {
    return new Headers({ authorization: `Bearer ${secret}`, "content-type": "application/json" });
  } catch {
    // The error's own message repeats the value.
    const hint = "It has characters that no header may hold. Make another one: openssl rand -hex 32";
    throw new CommandError("TIDEMARK_ADMIN_SECRET cannot be sent", hint, { exitCode: 2 });
  }
}
