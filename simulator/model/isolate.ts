import type { WaitUntil } from "../../src/fence/fence-sync.ts";
import { UsageReporter } from "../../src/fence/usage.ts";
import { parseToken, TOKEN_HEADER } from "../../src/gateway/http/headers/token.ts";
import { isRefusal, parseTarget } from "../../src/gateway/http/request/target.ts";
import type { ReadHandler } from "../../src/gateway/read/read-handler.ts";
import type { BoundedRead, ReadResult } from "../../src/gateway/reader/bounded-read.ts";
import { NO_COLO } from "../../src/gateway/reader/colo/colo-cache.ts";
import type { Reader } from "../../src/gateway/reader/reader.ts";
import type { IsolateCalls } from "../../src/keeper/protocol/calls.ts";
import type { Position } from "../../src/keeper/protocol/position.ts";
import { SteadyClock, TICK_MS } from "../../src/runtime/steady-clock.ts";
import type { Random } from "../../testing/random.ts";
import { ambient } from "../../testing/time/scope.ts";
import type { KeeperObject, KvBinding } from "../build.ts";
import type { Settings } from "../history/history.ts";
import type { MirrorHost } from "../mirrors/mirror-host.ts";
import { systemClock } from "../platform/clock.ts";
import { callOver, callsOver, type Line } from "../platform/line.ts";
import { type Machine, MachineScope } from "../platform/scope.ts";
import type { Colo } from "./colo.ts";
import type { Conditions } from "./conditions.ts";
import { KEY } from "./gateway-config.ts";
import { IsolateMemory } from "./isolate-memory.ts";
import type { KeeperHost } from "./keeper-host.ts";

export const TIMEOUTS = { startMs: 30, syncMs: 2_000, fillMs: 10_000, kvMs: 1_000 };

/**
 * How long a new isolate's first read waits: in most histories until the keeper answers, since what is passed on says nothing of
 * the cache; so too where each read has its place.
 */
function startMsOf({ isCalm, seed }: Settings): number {
  return !isCalm && seed % 3 === 1 ? TIMEOUTS.startMs : TIMEOUTS.syncMs;
}

export const LONGEST_READ_MS = TIMEOUTS.syncMs + TIMEOUTS.fillMs + 2;

/** After a request ends, its `waitUntil` work lives this long. */
const ANCHORED_MS = 30_000;

/** A response, and how it came about: its `Cache-Status`. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly how: string;
  /** The token that it gives to whoever reads their own writes. */
  readonly position: Position | null;
}

/** Remembers work that a request has passed to `waitUntil`, until it is done. */
function anchorOf(anchored: Set<Promise<unknown>>): WaitUntil {
  return (work) => {
    anchored.add(work);
    const done = () => void anchored.delete(work);
    work.then(done, done);
  };
}

interface IsolateParts {
  readonly conditions: Conditions;
  readonly host: KeeperHost;
  /** The mirror near by; null: there is none. */
  readonly mirror: MirrorHost | null;
  readonly kv: KvBinding;
  /** The cache of its data centre; null: it does nothing there. */
  readonly colo: Colo | null;
  readonly machine: Machine;
  readonly location: number;
  readonly random: Random;
}

/** One isolate: the real `Reader` with a memory and a clock of its own, at the end of slow and lossy lines. */
export class Isolate {
  readonly scope: MachineScope;
  readonly location: number;
  readonly configHash: string;
  readonly memory = new IsolateMemory();
  readonly reader: Reader;
  /** For those who sign in. */
  readonly #handler: ReadHandler | null;
  readonly #conditions: Conditions;
  readonly #toKeeper: Line<KeeperObject>;
  #readers = 0;
  /** An answer of the keeper has arrived: its effects must be audited. */
  onAnswer: () => void = () => {};

  constructor({ conditions, host, mirror, kv, colo, machine, location, random }: IsolateParts) {
    this.#conditions = conditions;
    this.location = location;
    this.configHash = host.configHash;
    this.scope = new MachineScope(conditions.timeline, machine, random);
    const { build, timeline, weather } = conditions;
    this.#toKeeper = {
      ...{ timeline, weather, to: "to-keeper", from: "from-keeper", callee: host },
      arrived: () => this.onAnswer(),
    };
    const [reader, handler] = ambient.run(this.scope, () => {
      const clock = new SteadyClock(systemClock, TICK_MS);
      const straight = callsOver(this.#toKeeper);
      const near = mirror && { name: mirror.name, calls: this.#callsTo(mirror) };
      const reporter = new UsageReporter();
      const count = reporter.near.bind(reporter);
      const door = near && new build.KeeperDoor({ clock, keeper: () => straight, mirror: () => near, count });
      const shared = {
        keeper: door ? (timeMs: number) => door.calls(timeMs) : () => straight,
        configHash: this.configHash,
        timeouts: { ...TIMEOUTS, startMs: startMsOf(conditions.settings) },
      };
      const cache = colo && new build.ColoCache({ clock, open: () => colo.open() });
      cache?.at({ url: "https://gateway.invalid/rest/v1/", colo: `place-${location}` });
      const made = new build.Reader({
        ...{ ...shared, clock, memory: this.memory, reporter },
        lookup: (generation, key) => build.getEntry(kv, generation, key),
        colo: cache ?? NO_COLO,
      });
      const audiences = new build.AudienceFinder({
        ...{ ...shared, clock, breaker: made.breaker },
        wall: () => systemClock.now(),
        judgedBy: () => made.fence?.generation ?? null,
        learn: (anchor) => made.learn(anchor),
      });
      const { config } = conditions;
      return [made, config && new build.ReadHandler(config, made, reporter, audiences)];
    });
    this.reader = reader;
    this.#handler = handler;
  }

  /** A read as the gateway makes it: first the hot path, then the rest. */
  read(
    order: Omit<BoundedRead, "anchor" | "client">,
    request: MachineScope,
    anchored: Set<Promise<unknown>>,
  ): Promise<ReadResult> {
    const full: BoundedRead = { ...order, client: () => this.#client(), anchor: anchorOf(anchored) };
    return ambient.run(request, async () => this.reader.hit(full) ?? (await this.reader.read(full)));
  }

  /** A request with a token, as the gateway answers it. */
  answer(
    search: string,
    headers: Readonly<Record<string, string>>,
    request: MachineScope,
    anchored: Set<Promise<unknown>>,
  ): Promise<Answered> {
    const path = `/rest/v1/${search}`;
    const client = `10.${this.location}.${(this.#readers >> 8) & 255}.${this.#readers++ & 255}`;
    return ambient.run(request, async () => {
      const asked = new Request(`https://gateway.invalid${path}`, {
        headers: { apikey: KEY, accept: "application/json", "cf-connecting-ip": client, ...headers },
      });
      const target = parseTarget(asked.url);
      if (isRefusal(target) || !this.#handler) throw new Error(`${path} cannot be read`);
      const response = await this.#handler.answer(asked, target, anchorOf(anchored));
      const how = response.headers.get("cache-status") ?? "";
      const position = parseToken(response.headers.get(TOKEN_HEADER) ?? "") ?? null;
      const text = await response.text();
      return { status: response.status, text, how: how.replace("tidemark; ", ""), position };
    });
  }

  /** An admin's order. */
  order<A>(work: (object: KeeperObject) => Promise<A>, request: MachineScope): Promise<A> {
    return ambient.run(request, () => callOver(this.#toKeeper, null, work));
  }

  /** What the gateway does when an order is carried out: reads here follow it at once. */
  follow(position: Position, request: MachineScope): Promise<void> {
    return ambient.run(request, () => this.reader.follow(position, anchorOf(new Set())));
  }

  /** There are many readers: a key that two of them read is worth a write to KV. */
  #client(): string {
    return `reader-${this.location}-${this.#readers++}`;
  }

  request(random: Random): MachineScope {
    return this.scope.within(random);
  }

  /** The caller has disconnected. The request lives on for its `waitUntil` work, if the platform keeps its promise. */
  cancel(request: MachineScope, anchored: ReadonlySet<Promise<unknown>>, keepsWord: boolean): void {
    if (anchored.size === 0 || !keepsWord) request.end();
    else this.#conditions.timeline.after(ANCHORED_MS, () => request.end());
  }

  #callsTo(mirror: MirrorHost): IsolateCalls {
    const { tally } = this.#conditions;
    const line = { ...this.#toKeeper, to: "to-mirror", from: "from-mirror", callee: mirror } as const;
    return callsOver({ ...line, isCut: () => mirror.isCutFrom("isolates") }, (call) =>
      tally.answer(`mirror asked: ${call}`),
    );
  }
}
