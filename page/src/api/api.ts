/** What an admin endpoint answered instead, or why it could not be asked. */
export class Refusal extends Error {
  /** A problem's stable code (docs/errors.md), or `unreachable` or `unreadable`. */
  readonly code: string;
  /** 0: there was no answer. */
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/**
 * How long an answer may take, in milliseconds: after a laptop has slept, a connection may be gone without anybody having
 * said so. What changes something has no deadline, as it may have been done.
 */
const DEADLINE_MS = 30_000;

type Init = Pick<RequestInit, "method" | "body" | "signal"> & {
  readonly headers?: Readonly<Record<string, string>>;
};
type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The admin endpoints of the gateway that served the page, asked with the admin's secret. */
export class Api {
  readonly #secret: string;
  readonly #fetch: Fetch;
  readonly #deadlineMs: number;

  constructor(secret: string, fetcher: Fetch = (url, init) => fetch(url, init), deadlineMs = DEADLINE_MS) {
    this.#secret = secret;
    this.#fetch = fetcher;
    this.#deadlineMs = deadlineMs;
  }

  /** @throws Refusal */
  get<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
    const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
    const signal = AbortSignal.timeout(this.#deadlineMs);
    return this.#ask<T>(search === "" ? path : `${path}?${search}`, { method: "GET", signal });
  }

  /** @throws Refusal */
  post<T>(path: string, body: object): Promise<T> {
    return this.#ask<T>(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
  }

  async #ask<T>(path: string, { headers, ...init }: Init): Promise<T> {
    let response: Response;
    try {
      response = await this.#fetch(`/_tidemark/${path}`, {
        ...init,
        headers: { ...headers, authorization: `Bearer ${this.#secret}` },
        // Cookies pass, because Cloudflare Access may stand in front. The gateway looks at none.
        credentials: "same-origin",
        cache: "no-store",
        redirect: "error",
      });
    } catch {
      throw unreachable();
    }
    const text = await response.text().catch(() => {
      throw unreachable();
    });
    const value = read(text);
    if (response.ok && value !== undefined) return value as T;
    if (typeof value === "object" && value !== null && "code" in value) {
      const { code, title, detail } = value as { code: unknown; title?: unknown; detail?: unknown };
      throw new Refusal(String(code), response.status, [title, detail].filter(Boolean).join(". "));
    }
    throw new Refusal("unreadable", response.status, `The answer (${response.status}) is not the gateway's`);
  }
}

function unreachable(): Refusal {
  return new Refusal("unreachable", 0, "The gateway could not be reached. Is the network up?");
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
