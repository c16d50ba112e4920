import type { WaitUntil } from "../fence/fence-sync.ts";
import { TableUsage } from "../fence/table-usage.ts";
import { UsageReporter } from "../fence/usage.ts";
import type { KeeperCalls } from "../keeper/protocol/calls.ts";
import { REST } from "../keeper/protocol/constants.ts";
import { logEvent } from "../keeper/protocol/operator-event.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { Lru } from "../runtime/lru.ts";
import { PerBinding } from "../runtime/per-binding.ts";
import { SteadyClock, TICK_MS } from "../runtime/steady-clock.ts";
import { createAdmin } from "./admin/admin.ts";
import { AudienceFinder } from "./bearers/audience-finder.ts";
import type { ResolvedConfig } from "./config/config.ts";
import type { GatewayEnv } from "./config/env.ts";
import { preflight, withCors } from "./http/headers/cors.ts";
import { problem } from "./http/problem.ts";
import { READ_ENDS } from "./http/read-ends.ts";
import { asRest, isRefusal, OWN, parseTarget } from "./http/request/target.ts";
import { KeeperDoor } from "./mirrors/keeper-door.ts";
import { mirrorNamed } from "./mirrors/mirror-object.ts";
import { NearestMirror } from "./mirrors/nearest-mirror.ts";
import { regionOfHint, type Whereabouts } from "./mirrors/region.ts";
import { passThrough } from "./pass-through/pass-through.ts";
import { PostedCalls } from "./read/posted-call.ts";
import { ReadHandler } from "./read/read-handler.ts";
import { ColoCache, NO_COLO, openColoCache } from "./reader/colo/colo-cache.ts";
import type { HeldAnswer } from "./reader/held-answer.ts";
import { getEntry } from "./reader/kv/kv.ts";
import { Reader } from "./reader/reader.ts";

/** A slower KV read is not worth waiting for, because the keeper has the body, too. */
const KV_DEADLINE_MS = 1_000;

/** Everything that one isolate holds between requests. Routes each request to what answers it. */
export class GatewayIsolate {
  readonly #parts: Parts;

  constructor(env: GatewayEnv, config: ResolvedConfig) {
    this.#parts = partsOf(env, config);
  }

  answer(request: Request, ctx: ExecutionContext): Response | Promise<Response> {
    const parts = this.#parts;
    parts.reporter.invoked();
    if (parts.nearest?.isLooking) parts.nearest.see(request.cf as Whereabouts | undefined);
    const anchor = (work: Promise<unknown>) => ctx.waitUntil(work);
    const { method, url } = request;
    const isRead = method === "GET" || method === "HEAD";
    const known = isRead ? parts.reads.known(url) : undefined;
    if (known) return parts.reads.answerKnown(request, known, anchor);
    parts.colo?.at({ url, colo: coloOf(request) });
    const asked = parseTarget(url);
    if (isRefusal(asked)) {
      return withCors(problem(asked.code, asked.detail), request, parts.config.allowedOrigins);
    }
    const target = asRest(asked, parts.config.restPath);
    if (isRead && target.path.startsWith(`${REST}/`)) {
      return parts.reads.answer(request, target, anchor);
    }
    // Without its slash it is somebody who types the page's address.
    if (`${target.path}/`.startsWith(OWN)) return parts.admin(request, anchor);
    const isCall = method === "POST" && target.path.startsWith(`${REST}/rpc/`);
    return (
      (isCall ? parts.calls.answer(request, target, anchor) : null) ??
      preflight(request, target, parts.config.allowedOrigins) ??
      passThrough(request, target, parts.config, { kind: "method" })
    );
  }
}

interface Parts {
  readonly config: ResolvedConfig;
  readonly reads: ReadHandler;
  readonly calls: PostedCalls;
  readonly reporter: UsageReporter;
  /** Null: there are no mirrors. */
  readonly nearest: NearestMirror | null;
  /** Null: switched off. */
  readonly colo: ColoCache | null;
  readonly admin: (request: Request, anchor: WaitUntil) => Promise<Response>;
}

function partsOf(env: GatewayEnv, resolved: ResolvedConfig): Parts {
  const clock = new SteadyClock(systemClock, TICK_MS);
  const reporter = new UsageReporter(
    new TableUsage([...resolved.tables.keys(), ...resolved.functions.keys()], READ_ENDS),
  );
  const { memoryBytes, memoryEntries } = resolved.limits;
  const keeper = () => keeperOf(env, resolved);
  const { nearest, asked } = wayToKeeper(env, resolved, { clock, keeper, reporter });
  const colo = resolved.colo === "off" ? null : new ColoCache({ clock, open: openColoCache });
  const reader = new Reader({
    clock,
    colo: colo ?? NO_COLO,
    keeper: asked,
    isNear: () => nearest?.isNear ?? false,
    lookup: (generation, key) => getEntry(env.KV, generation, key),
    memory: new Lru<HeldAnswer>({ maxBytes: memoryBytes, maxEntries: memoryEntries }),
    reporter,
    configHash: resolved.hash,
    timeouts: { ...resolved.timeouts, kvMs: KV_DEADLINE_MS },
  });
  reader.breaker.tell = logEvent;
  const audiences = new AudienceFinder({
    ...{
      clock,
      keeper: asked,
      breaker: reader.breaker,
      timeouts: resolved.timeouts,
      configHash: resolved.hash,
    },
    wall: () => systemClock.now(),
    judgedBy: () => reader.fence?.generation ?? null,
    learn: (anchor) => reader.learn(anchor),
  });
  const reads = new ReadHandler(resolved, reader, reporter, audiences);
  const admin = createAdmin({ config: resolved, env, keeper, reader, reporter, reads });
  return { config: resolved, reads, calls: new PostedCalls(resolved, reads), reporter, nearest, colo, admin };
}

/** How reads ask the keeper: by a mirror, if there are any. An admin, a webhook and a nudge ask it themselves. */
function wayToKeeper(
  { MIRROR }: GatewayEnv,
  { mirrors, keeper: { locationHint } }: ResolvedConfig,
  {
    clock,
    keeper,
    reporter,
  }: { readonly clock: Clock; readonly keeper: () => KeeperCalls; readonly reporter: UsageReporter },
) {
  if (mirrors === null || MIRROR === undefined) return { nearest: null, asked: keeper };
  const keeperRegion = regionOfHint(locationHint);
  const nearest = new NearestMirror({ ...mirrors, keeperRegion, share: Math.random() });
  const mirror = () => {
    const { name } = nearest;
    return name === null ? null : { name, calls: mirrorNamed(MIRROR, name) };
  };
  const door = new KeeperDoor({ clock, keeper, mirror, count: (name, end) => reporter.near(name, end) });
  return { nearest, asked: (timeMs: number) => door.calls(timeMs) };
}

/** The code of the data centre, such as `FRA`; workerd on one's own machine may not tell it. */
function coloOf({ cf }: Request): string | null {
  return typeof cf?.colo === "string" ? cf.colo : null;
}

/** It takes a hash to make one. */
const IDS = new PerBinding<DurableObjectId>();

/** Makes a fresh stub each time: a stub stays broken after an error of the object (docs/design/platform.md). */
export function keeperOf(env: GatewayEnv, { keeper }: ResolvedConfig): KeeperCalls {
  const id = IDS.get(env.KEEPER, keeper.name, () => env.KEEPER.idFromName(keeper.name));
  return env.KEEPER.get(id, keeper.locationHint ? { locationHint: keeper.locationHint } : {});
}
