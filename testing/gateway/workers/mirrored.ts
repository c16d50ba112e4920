import { env } from "cloudflare:workers";
import type { TidemarkConfig } from "../../../src/gateway/config/config.ts";
import type { GatewayEnv } from "../../../src/gateway/config/env.ts";
import { resolveConfig } from "../../../src/gateway/config/resolve-config.ts";
import { createGateway } from "../../../src/gateway/gateway.ts";
import { mirrorNamed } from "../../../src/gateway/mirrors/mirror-object.ts";
import type { KeeperCalls } from "../../../src/keeper/protocol/calls.ts";
import type { Heard, MirrorFault, MirrorOrder, StormOrder } from "../mirror-orders.ts";

const config = JSON.parse((env as { readonly TEST_CONFIG: string }).TEST_CONFIG) as TidemarkConfig;
const gateway = createGateway(config);
type Methods = InstanceType<typeof gateway.Mirror>;

/** The header in which a test says where the reader is, as `request.cf` says it at Cloudflare. */
const CONTINENT = "x-test-continent";

/**
 * The gateway, whose readers are where a test says. `/__test/mirror` breaks and mends a mirror, and tells how often it
 * was called; `/__test/storm` makes syncs of a mirror all at once, as so many isolates would.
 */
export default {
  async fetch(request: Request, env: GatewayEnv, ctx: ExecutionContext): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/__test/mirror") {
      const { mirror, fault } = await request.json<MirrorOrder>();
      const heard = await faultyOf(env, mirror).setFault(fault);
      if (fault === "killed")
        await faultyOf(env, mirror)
          .die()
          .catch(() => {});
      return Response.json(heard);
    }
    if (pathname === "/__test/storm") {
      const { mirror, calls, boundMs } = await request.json<StormOrder>();
      const { hash } = resolveConfig(config, env);
      const stub = mirrorNamed(env.MIRROR as NonNullable<GatewayEnv["MIRROR"]>, mirror);
      const sync = {
        configHash: hash,
        since: null,
        boundMs,
        token: null,
        client: null,
        report: null,
        mirror,
      };
      const answers = await Promise.all(Array.from({ length: calls }, () => stub.sync(sync)));
      return Response.json({ ages: answers.map((each) => (each.kind === "synced" ? each.age : null)) });
    }
    const headers = new Headers(request.headers);
    const continent = headers.get(CONTINENT);
    headers.delete(CONTINENT);
    const init = continent === null ? { headers } : { headers, cf: { continent } as object };
    return gateway.worker.fetch(new Request(request, init) as Request, env, ctx);
  },
};

interface Faulty {
  setFault(fault: MirrorFault): Promise<Heard>;
  die(): Promise<void>;
}

function faultyOf(env: GatewayEnv, mirror: string): Faulty {
  return mirrorNamed(env.MIRROR as NonNullable<GatewayEnv["MIRROR"]>, mirror) as unknown as Faulty;
}

/** What tests have set the clock of this script by. Mirrors have a script of their own. */
let clockSetMs = 0;
const platformNow = Date.now;
Date.now = () => platformNow() + clockSetMs;

interface PresentFault {
  now: MirrorFault;
}

export class Mirror extends gateway.Mirror {
  readonly #faults: PresentFault;
  #calls = 0;
  #nudges = 0;

  constructor(ctx: DurableObjectState, env: GatewayEnv) {
    const own: PresentFault = { now: null };
    super(ctx, { ...env, KEEPER: through(env.KEEPER, own) });
    this.#faults = own;
  }

  setFault(fault: MirrorFault): Heard {
    this.#faults.now = fault === "killed" ? null : fault;
    clockSetMs = fault !== null && typeof fault === "object" && "clockSetMs" in fault ? fault.clockSetMs : 0;
    return { calls: this.#calls, nudges: this.#nudges };
  }

  die(): void {
    this.ctx.abort("the test kills the mirror");
  }

  override async sync(request: Parameters<Methods["sync"]>[0]) {
    await this.#late();
    return super.sync(this.#asTaken(request));
  }

  override async fill(request: Parameters<Methods["fill"]>[0]) {
    await this.#late();
    return super.fill(this.#asTaken(request));
  }

  override async nudge(...args: Parameters<Methods["nudge"]>) {
    this.#nudges++;
    return super.nudge(...args);
  }

  #asTaken<T extends { readonly configHash: string }>(request: T): T {
    return this.#faults.now === "of another version" ? { ...request, configHash: "another" } : request;
  }

  async #late(): Promise<void> {
    this.#calls++;
    const fault = this.#faults.now;
    if (fault !== null && typeof fault === "object" && "slowMs" in fault) await scheduler.wait(fault.slowMs);
  }
}

/** The keeper, as a mirror with such a fault reaches it. Only the methods that mirrors use. */
function through(keepers: GatewayEnv["KEEPER"], own: PresentFault): GatewayEnv["KEEPER"] {
  const passed = async <T>(call: Promise<T>): Promise<T> => {
    if (own.now === "cut-off") {
      while (own.now === "cut-off") await scheduler.wait(50);
      throw new Error("The test has cut the mirror off");
    }
    const answer = await call;
    if (own.now !== null && typeof own.now === "object" && "lagMs" in own.now)
      await scheduler.wait(own.now.lagMs);
    return answer;
  };
  return {
    idFromName: (name: string) => keepers.idFromName(name),
    get: (id: DurableObjectId) => {
      const stub = keepers.get(id) as unknown as KeeperCalls;
      return {
        sync: (...args: Parameters<KeeperCalls["sync"]>) => passed(stub.sync(...args)),
        fill: (...args: Parameters<KeeperCalls["fill"]>) => passed(stub.fill(...args)),
        audience: (...args: Parameters<KeeperCalls["audience"]>) => passed(stub.audience(...args)),
      };
    },
  } as unknown as GatewayEnv["KEEPER"];
}

export const { Keeper, Origin } = gateway;
