/** Marks the request that fetches the answer of a held one. */
const INNER = "x-test-inner";

/** Requests that a test holds: Supabase has read the database, and the answer waits. */
export interface Hold {
  /** Resolves when the first of them has its answer, which is held. */
  readonly arrived: Promise<void>;
  /** Requests so far, both held ones and those after the release. */
  readonly count: number;
  /** Releases these answers and all later ones. */
  release(): void;
}

/** Sits in front of Supabase: counts reads, holds answers, answers in its place. */
export class OriginGate {
  /** Reads of `/rest/v1` since the last reset, with their original path and query. */
  reads: string[] = [];
  /** Answers in Supabase's place unless it returns undefined. */
  instead: (request: Request) => Response | undefined = () => undefined;
  #holds: { matches: (request: Request) => boolean; hold: MutableHold }[] = [];

  reset(): void {
    this.reads = [];
  }

  /** Holds the answers of requests whose path and query contain `part`, not followed by a further digit. */
  hold(part: string): Hold {
    const arrived = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const hold: MutableHold = {
      arrived: arrived.promise,
      count: 0,
      release: () => released.resolve(),
      released: released.promise,
      arrive: () => arrived.resolve(),
    };
    const matches = ({ url }: Request) => {
      const text = decodeURIComponent(url);
      const at = text.indexOf(part);
      return at >= 0 && !/^\d/.test(text.slice(at + part.length));
    };
    this.#holds.unshift({ matches, hold });
    return hold;
  }

  releaseAll(): void {
    for (const { hold } of this.#holds) hold.release();
    this.#holds = [];
  }

  async pass(request: Request): Promise<Response | undefined> {
    if (request.headers.has(INNER)) return undefined;
    const { pathname, search } = new URL(request.url);
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (isRead && pathname.startsWith("/rest/v1/")) this.reads.push(decodeURIComponent(pathname + search));
    const answer = this.instead(request);
    if (answer) return answer;
    const found = this.#holds.find(({ matches }) => matches(request));
    if (!found) return undefined;
    found.hold.count += 1;
    const headers = new Headers(request.headers);
    headers.set(INNER, "1");
    const response = await fetch(request.url, { method: request.method, headers });
    const body = await response.arrayBuffer();
    found.hold.arrive();
    await found.hold.released;
    return new Response(body, { status: response.status, headers: response.headers });
  }
}

interface MutableHold extends Hold {
  count: number;
  readonly released: Promise<void>;
  arrive(): void;
}
