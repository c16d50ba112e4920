import { here } from "../platform/scope.ts";
import type { Audited } from "./auditor.ts";

interface Left {
  readonly bytes: ArrayBuffer;
  readonly until: number;
}

/** A put that is late arrives within this time: perhaps over a newer body. */
const LATEST_MS = 90_000;

/** The Cache API of one data centre, as its isolates open it: it may lose, break and delay whatever is left in it. */
export class Colo {
  readonly #conditions: Audited;
  readonly #left = new Map<string, Left>();

  constructor(conditions: Audited) {
    this.#conditions = conditions;
  }

  /** As `caches.open("tidemark")`, as far as it is used. */
  open(): Promise<Pick<Cache, "match" | "put">> {
    return Promise.resolve({
      match: (address) => this.#match(String(address)),
      put: async (address, response) => this.#put(String(address), response),
    });
  }

  #match(address: string): Promise<Response | undefined> {
    const { timeline, weather } = this.#conditions;
    const scope = here();
    const { random } = scope;
    const look = async () => {
      await timeline.sleep(weather.delay("colo-read", random));
      if (weather.happens("colo-fails", random)) throw new Error("the cache fails");
      if (weather.happens("colo-loses", random)) this.#left.delete(address);
      const left = this.#left.get(address);
      if (left === undefined || left.until <= timeline.now) return undefined;
      const bytes = new Uint8Array(left.bytes.slice(0));
      // Digits stay digits, so that nothing but the digest tells.
      if (weather.happens("colo-breaks", random)) bytes[bytes.lastIndexOf(ONE)] = TWO;
      return new Response(bytes);
    };
    return scope.own(look());
  }

  async #put(address: string, response: Response): Promise<void> {
    const { timeline, weather, auditor } = this.#conditions;
    const scope = here();
    const { random } = scope;
    const [, seconds] = /max-age=(\d+)/.exec(response.headers.get("cache-control") ?? "") ?? [];
    const bytes = await response.arrayBuffer();
    auditor.leftInColo(bytes);
    const put = async () => {
      const isLate = weather.happens("colo-put-late", random);
      await timeline.sleep(isLate ? random.next() * LATEST_MS : weather.delay("colo-put", random));
      if (weather.happens("colo-put-fails", random)) throw new Error("the cache fails");
      this.#left.set(address, { bytes, until: timeline.now + Number(seconds) * 1_000 });
    };
    return scope.own(put());
  }
}

const [ONE, TWO] = [0x31, 0x32] as const;
