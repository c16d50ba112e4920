import type { BoundedRead, ReadResult } from "../../src/gateway/reader/bounded-read.ts";
import type { OriginAnswer } from "../../src/keeper/ports/ports.ts";
import type { Bearer } from "../../src/keeper/protocol/audience.ts";
import { ambient } from "../../testing/time/scope.ts";
import type { MachineScope } from "../platform/scope.ts";
import { anchorOf, type Isolate } from "./isolate.ts";
import { isPersonal } from "./judged.ts";

type Direct = Extract<ReadResult, { kind: "direct" }>;

/** By these the keeper takes back what it has said of a bearer. */
const DISOWNED: ReadonlySet<string> = new Set(["token-unknown", "token-expired", "role-not-cached"]);

interface SignedInOrder {
  /** The read with its base key, and the bounds of everybody's reads. */
  readonly order: Omit<BoundedRead, "anchor" | "client" | "bearer">;
  readonly token: string;
  /** The origin's answer to this reader, without the cache. */
  readonly passOn: () => Promise<OriginAnswer>;
}

/** A read with a token as the gateway's `ReadHandler` makes it, with the isolate's real `Audiences` and `Reader`. */
export class SignedInPath {
  readonly #isolate: Isolate;
  readonly #request: MachineScope;
  readonly #anchored: Set<Promise<unknown>>;

  constructor(isolate: Isolate, request: MachineScope, anchored: Set<Promise<unknown>>) {
    this.#isolate = isolate;
    this.#request = request;
    this.#anchored = anchored;
  }

  read(asked: SignedInOrder, digestOf: (token: string) => Promise<string>): Promise<ReadResult> {
    return ambient.run(this.#request, async () => {
      const { token, order } = asked;
      const { audiences, reader } = this.#isolate;
      const bearer = { token, digest: await digestOf(token) };
      const found = await audiences.of(order.read, bearer, () => this.#isolate.client());
      if (found.kind === "none") return this.#direct(asked, bearer, { kind: "direct", reason: found.reason });
      const { read, generation, expiresAt } = found;
      const full: BoundedRead = {
        ...{ ...order, read, bearer: { ...bearer, generation, expiresAt } },
        staleIfErrorMs: isPersonal(read.key) ? 0 : order.staleIfErrorMs,
        client: () => this.#isolate.client(),
        anchor: anchorOf(this.#anchored),
      };
      const hit = reader.hit(full);
      if (hit !== null) return hit;
      const result = await reader.miss(full);
      if (audiences.hasEnded({ expiresAt }))
        return this.#direct(asked, bearer, { kind: "direct", reason: "token-expired" });
      if (result.kind !== "direct") return result;
      if (DISOWNED.has(result.reason)) audiences.forget(bearer.digest);
      const status = await this.#passOn(asked, bearer, result);
      const stale = status >= 500 && !audiences.hasEnded({ expiresAt }) ? reader.staleIfError(full) : null;
      return stale ?? result;
    });
  }

  async #direct(asked: SignedInOrder, bearer: Bearer, result: Direct): Promise<Direct> {
    await this.#passOn(asked, bearer, result);
    return result;
  }

  /** If the origin vouches for a token that is not known, the keeper hears of it. */
  async #passOn({ order, passOn }: SignedInOrder, bearer: Bearer, { reason }: Direct): Promise<number> {
    const answer = await this.#request.own(passOn());
    const status = answer.kind === "response" ? answer.response.status : 502;
    const { audiences } = this.#isolate;
    if (reason === "token-unknown" && status < 400)
      audiences.introduce(order.read, bearer, () => this.#isolate.client(), anchorOf(this.#anchored));
    return status;
  }
}
