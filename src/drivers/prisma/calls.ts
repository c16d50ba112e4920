import { AsyncLocalStorage } from "node:async_hooks";
import type { Strategy } from "./strategy.ts";

/** A call of the client's, such as one `findMany`. It may take several statements. */
export interface PrismaCall {
  /** What its statements ask of the driver. */
  readonly asks: Asks;
  /** Prisma sends it together with others of the same tick: it does that with `findUnique` and inside transactions. */
  readonly joins: boolean;
  /** What its statements came from. */
  readonly outcomes: PrismaOutcome[];
}

/** `"driver"`: the driver's own options hold. */
type Asks = Strategy | "transaction" | "fresh" | "driver";

export interface PrismaOutcome {
  readonly status: "hit" | "stale" | "miss" | "passed";
  /** When it was loaded: milliseconds since 1970. */
  readonly at: number;
  /** Of `passed`: why. */
  readonly reason?: string;
}

/** What one statement asks for, and for whom. */
export interface Asked {
  readonly asks: Asks;
  readonly calls: readonly PrismaCall[];
}

/**
 * Which call a statement belongs to. A statement runs in the asynchronous context of its call, unless Prisma gathers the
 * call with others: then all are sent from the context of the first, those of one model perhaps as one statement. So
 * their statements ask for what suits every such call under way: the shortest times, all tags, and nothing cached if
 * one of them wants that.
 */
export class Calls {
  readonly #current = new AsyncLocalStorage<PrismaCall>();
  readonly #joining = new Set<PrismaCall>();

  /** Runs a call. `start` is called at once; the promise is what it gives. */
  async run<T>(call: PrismaCall, start: () => PromiseLike<T>): Promise<T> {
    if (call.joins) this.#joining.add(call);
    try {
      // A promise of Prisma's does nothing until it is awaited, which therefore must be in here.
      return await this.#current.run(call, async () => await start());
    } finally {
      this.#joining.delete(call);
    }
  }

  /** What the statement that is about to run asks for. */
  asked(): Asked {
    const call = this.#current.getStore();
    if (call !== undefined && !call.joins) return { asks: call.asks, calls: [call] };
    const calls = [...this.#joining];
    if (call !== undefined) return { asks: strictest(calls), calls };
    // One without a call is from the client below the extension, which may have sent our calls with its own.
    return { asks: calls.length === 0 ? "driver" : "fresh", calls };
  }
}

function strictest(calls: readonly PrismaCall[]): Asks {
  const strategies: Strategy[] = [];
  for (const { asks } of calls) {
    if (asks === "transaction" || asks === "fresh") return asks;
    if (asks !== "driver") strategies.push(asks);
  }
  if (strategies.length === 0) return "driver";
  // What the driver's own options are is not known here.
  if (strategies.length < calls.length) return "fresh";
  return {
    ttl: Math.min(...strategies.map(({ ttl }) => ttl)),
    swr: Math.min(...strategies.map(({ swr }) => swr)),
    tags: [...new Set(strategies.flatMap(({ tags }) => tags))],
  };
}
