import type { TidemarkConfig } from "../../../src/gateway/config/config.ts";
import type { GatewayEnv } from "../../../src/gateway/config/env.ts";
import { createGateway } from "../../../src/gateway/gateway.ts";

export interface Faults {
  kv?: "throw" | "hang" | null;
  /** A URL: the keeper's answers wait until it answers. */
  keeper?: "throw" | "hang" | `http:${string}` | null;
}

export interface Cancelled {
  /** Path and query to read here. */
  target: string;
  headers: Record<string, string>;
  /** Cancels the read as soon as this URL has answered. */
  until: string;
}

interface FaultyKeeper {
  setFault(fault: Faults["keeper"]): Promise<void>;
}

/**
 * The gateway on a KV and a keeper that fail when a test says so. `/__test/faults` sets the faults of this isolate's
 * KV and of the keeper; `/__test/cancelled` makes a call to this Worker, as through a service binding, and cancels it.
 */
export function faultyGateway(config: TidemarkConfig) {
  const gateway = createGateway(config);
  type Methods = InstanceType<typeof gateway.Keeper>;
  const kv: { fault: Faults["kv"] } = { fault: null };

  const worker = {
    async fetch(request: Request, env: GatewayEnv, ctx: ExecutionContext): Promise<Response> {
      const { pathname } = new URL(request.url);
      if (pathname === "/__test/cancelled") return cancelled(request, ctx);
      if (pathname === "/__test/faults") {
        const faults = await request.json<Faults>();
        if (faults.kv !== undefined) kv.fault = faults.kv;
        if (faults.keeper !== undefined) {
          const keeper = env.KEEPER.get(env.KEEPER.idFromName("keeper"));
          await (keeper as unknown as FaultyKeeper).setFault(faults.keeper);
        }
        return new Response(null, { status: 204 });
      }
      return gateway.worker.fetch(request, { ...env, KV: faulty(env.KV, kv) }, ctx);
    },
  };

  class Keeper extends gateway.Keeper {
    #fault: Faults["keeper"] = null;

    constructor(ctx: DurableObjectState, env: GatewayEnv) {
      super(ctx, { ...env, KV: faulty(env.KV, kv) });
    }

    setFault(fault: Faults["keeper"]): void {
      this.#fault = fault;
    }

    override async sync(...args: Parameters<Methods["sync"]>) {
      await this.#fail();
      return super.sync(...args);
    }

    override async fill(...args: Parameters<Methods["fill"]>) {
      await this.#fail();
      return super.fill(...args);
    }

    override async audience(...args: Parameters<Methods["audience"]>) {
      await this.#fail();
      return super.audience(...args);
    }

    override async ingest(...args: Parameters<Methods["ingest"]>) {
      await this.#fail();
      return super.ingest(...args);
    }

    override async standing() {
      await this.#fail();
      return super.standing();
    }

    override async stats(...args: Parameters<Methods["stats"]>) {
      await this.#fail();
      return super.stats(...args);
    }

    async #fail(): Promise<void> {
      const fault = this.#fault;
      if (fault == null) return;
      if (fault === "throw") throw new Error("The test makes the keeper fail");
      if (fault === "hang") {
        while (this.#fault === "hang") await scheduler.wait(50);
        throw new Error("The test has made the keeper hang");
      }
      await (await fetch(fault)).text();
    }
  }

  return { worker, Keeper, Origin: gateway.Origin };
}

/** Only the methods that the gateway uses. */
function faulty(store: KVNamespace, kv: { readonly fault?: Faults["kv"] }): KVNamespace {
  const fail = async () => {
    if (kv.fault === "throw") throw new Error("KV GET failed: 500 Internal Server Error");
    if (kv.fault !== "hang") return;
    while (kv.fault === "hang") await scheduler.wait(50);
    throw new Error("KV GET failed: 504 Gateway Timeout");
  };
  return {
    getWithMetadata: async (...args: Parameters<KVNamespace["getWithMetadata"]>) => {
      await fail();
      return store.getWithMetadata(...args);
    },
    put: async (...args: Parameters<KVNamespace["put"]>) => {
      await fail();
      return store.put(...args);
    },
  } as KVNamespace;
}

/** 200 with the outcome of the cancelled call: a faster answer, or the error. */
async function cancelled(request: Request, ctx: ExecutionContext): Promise<Response> {
  const { target, headers, until } = await request.json<Cancelled>();
  const self = (ctx.exports as unknown as { default: Fetcher }).default;
  const controller = new AbortController();
  const call = self
    .fetch(new URL(target, request.url).href, { headers, signal: controller.signal })
    .then(async (response) => `answered ${response.status} ${await response.text()}`)
    .catch((error: Error) => `cancelled: ${error.message}`);
  await (await fetch(until)).text();
  controller.abort();
  return new Response(await call);
}
