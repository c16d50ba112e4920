import { AsyncLocalStorage } from "node:async_hooks";
import type { StatementOptions, StatementOutcome } from "./driver.ts";
import type { Strategy } from "./strategy.ts";

/** A call of the client's, such as one `findMany`. It may take several statements. */
export interface PrismaCall {
  /** What its statements ask of the driver. `"driver"`: the driver's own options hold. */
  readonly asks: Strategy | "transaction" | "fresh" | "driver";
  /** Prisma sends it together with others of the same tick: it does that with `findUnique` and inside transactions. */
  readonly joins: boolean;
  /** What its statements came from. */
  readonly outcomes: StatementOutcome[];
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
  asked(): StatementOptions | undefined {
    const call = this.#current.getStore();
    if (call !== undefined && !call.joins) return optionsOf([call]);
    // One without a call is from the client below the extension, which may have sent our calls with its own.
    if (call === undefined && this.#joining.size === 0) return undefined;
    return call === undefined
      ? { ...optionsOf([...this.#joining]), pass: "fresh" }
      : optionsOf([...this.#joining]);
  }
}

function optionsOf(calls: readonly PrismaCall[]): StatementOptions {
  const told = (outcome: StatementOutcome) => {
    for (const { outcomes } of calls) outcomes.push(outcome);
  };
  const strategies: Strategy[] = [];
  let drivers = 0;
  for (const { asks } of calls) {
    if (asks === "transaction" || asks === "fresh") return { pass: asks, told };
    if (asks === "driver") drivers++;
    else strategies.push(asks);
  }
  if (drivers === calls.length) return { told };
  if (drivers > 0) return { pass: "fresh", told };
  return {
    ttl: `${Math.min(...strategies.map(({ ttl }) => ttl))}s`,
    staleWhileRevalidate: `${Math.min(...strategies.map(({ swr }) => swr))}s`,
    tags: [...new Set(strategies.flatMap(({ tags }) => tags))],
    told,
  };
}
