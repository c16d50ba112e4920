import type { Position } from "../../src/keeper/protocol/position.ts";
import { Random } from "../../testing/random.ts";
import { Timeline } from "../../testing/time/timeline.ts";
import type { Build } from "../build.ts";
import { PEOPLE } from "../database/people.ts";
import { Postgres } from "../database/postgres.ts";
import { QUERIES } from "../database/queries.ts";
import { Sessions } from "../database/sessions.ts";
import { SIGNED_IN_ANSWERS } from "../database/signed-in-queries.ts";
import { Truth } from "../database/truth.ts";
import type { Event, Order, OrderEvent, Settings } from "../history/history.ts";
import type { Tally } from "../history/tally.ts";
import { strikeMirror } from "../mirrors/mirror-faults.ts";
import { MirrorHost } from "../mirrors/mirror-host.ts";
import { EPOCH } from "../platform/clock.ts";
import { onWarning } from "../platform/console.ts";
import { beginCrypto } from "../platform/crypto.ts";
import { onFetch } from "../platform/fetch.ts";
import { here, Machine } from "../platform/scope.ts";
import { type Odds, Weather } from "../platform/weather.ts";
import { Client } from "../readers/client.ts";
import { Readers } from "../readers/readers.ts";
import { SignedInReaders } from "../readers/signed-in-readers.ts";
import { Api } from "./api.ts";
import { type Audited, Auditor } from "./auditor.ts";
import { Colo } from "./colo.ts";
import { strike } from "./faults.ts";
import { gatewayConfig } from "./gateway-config.ts";
import { Isolate } from "./isolate.ts";
import { KeeperHost } from "./keeper-host.ts";
import { keeperSettings } from "./keeper-settings.ts";
import { Kv } from "./kv.ts";
import { kvBinding } from "./kv-binding.ts";
import { Orders } from "./orders.ts";
import { Server } from "./server.ts";
import { Writers } from "./writers.ts";

/** Isolates in two places: KV may show each something else. */
const LOCATIONS = 2;

const LOSSY: Odds = {
  "call-lost": 0.04,
  "answer-lost": 0.04,
  "notice-lost": 0.3,
  "notice-twice": 0.2,
  "nudge-lost": 0.3,
  "nudge-twice": 0.2,
  "pull-answer-lost": 0.08,
};
const FLAKY: Odds = {
  "kv-read-fails": 0.1,
  "kv-put-fails": 0.2,
  "kv-put-ambiguous": 0.1,
  "colo-fails": 0.05,
  "colo-put-fails": 0.2,
  "origin-fails": 0.08,
  "origin-errs": 0.08,
  "pull-fails": 0.08,
};
/** The data centre's cache promises nothing, at any time. */
const COLO: Odds = { "colo-loses": 0.1, "colo-breaks": 0.05, "colo-put-late": 0.15 };
const ODDS: Readonly<Record<Settings["mishaps"], Odds>> = {
  none: {},
  lossy: LOSSY,
  flaky: FLAKY,
  both: { ...LOSSY, ...FLAKY },
};

/** The whole system in virtual time: the real classes between modelled parts. */
export class World {
  readonly timeline = new Timeline();
  readonly conditions: Audited;
  readonly server: Server;
  readonly host: KeeperHost;
  readonly readers: Readers;
  readonly signedInReaders: SignedInReaders;
  readonly isolates: Isolate[] = [];
  readonly mirrors: readonly MirrorHost[];
  readonly violations: string[] = [];
  readonly #writers: Writers;
  readonly #colos: readonly Colo[];
  readonly #clients: readonly Client[];
  deploys = 0;
  storagesLost = 0;

  constructor(build: Build, settings: Settings, tally: Tally) {
    this.#clients = [new Client(settings), new Client(settings)];
    const postgres = new Postgres();
    const { timeline } = this;
    beginCrypto(settings.seed);
    const truthOf = (queries: ConstructorParameters<typeof Truth>[0]) =>
      new Truth(queries, postgres.rows, postgres.definition, postgres.definition);
    const truth = truthOf(QUERIES);
    const signedInTruth = truthOf(settings.signedIn ? SIGNED_IN_ANSWERS : []);
    const truths = [truth, signedInTruth];
    // KV may lag at any time, and while there are two instances a call may meet either.
    const always = {
      "to-another-instance": 0.4,
      "to-another-mirror": 0.4,
      "kv-put-late": settings.isCalm ? 0 : 0.15,
      ...(settings.isCalm ? {} : COLO),
    };
    const violated = (what: string) => void this.violations.push(`${what} (at ${Math.round(timeline.now)})`);
    const given = {
      build,
      settings,
      config: settings.signedIn && gatewayConfig(settings, settings.signedIn),
      timeline,
      postgres,
      tally,
      weather: new Weather(
        settings.isCalm,
        settings.originSlowness,
        { ...always, ...ODDS[settings.mishaps] },
        (mishap) => tally.fault(mishap),
      ),
      random: Random.spread(settings.seed),
      truth,
      signedInTruth,
      sessions: new Sessions(),
      api: new Api({ postgres, truths, timeline, settings, tally }),
      kv: new Kv(timeline),
      objects: [],
      orders: new Orders({ timeline, violated }),
      violated,
    };
    this.conditions = { ...given, auditor: new Auditor(given) };
    if (settings.signedIn) this.#signIn(settings.signedIn.tokenMs);
    onWarning((text) => this.#warned(text));
    this.server = new Server(this.conditions);
    onFetch((path, token) => this.#passOn(path, token));
    this.host = new KeeperHost(
      this.conditions,
      this.server,
      kvBinding(this.conditions, LOCATIONS),
      (configHash) => keeperSettings(settings, configHash),
      (name, position, random) => this.#nudge(name, position, random),
    );
    this.#colos = Array.from({ length: LOCATIONS }, () => new Colo(this.conditions));
    this.mirrors = Array.from(
      { length: settings.mirrors?.count ?? 0 },
      (_, number) => new MirrorHost(`near-${number}`, this.conditions, this.host),
    );
    this.readers = new Readers(this.conditions, this.server);
    this.signedInReaders = new SignedInReaders(this.conditions, this.server);
    this.#writers = new Writers(this.conditions, this.server, this.host);
    for (let number = 0; number < settings.isolates; number++) this.isolates.push(this.newIsolate(number));
  }

  happen(event: Event): void {
    const random = Random.spread(event.seed);
    switch (event.kind) {
      case "read":
        void this.readers.read(event, this.isolate(event.isolate), this.#client(event.client), random);
        break;
      case "write":
        this.#writers.write(event, this.#client(event.client), random);
        break;
      case "signed-in-read":
        void this.signedInReaders.read(
          event,
          this.isolate(event.isolate),
          this.#client(event.client),
          random,
        );
        break;
      case "order":
        this.conditions.tally.fault("purge" in event.order ? "purge" : "mode");
        this.#order(event, random).catch(() => {});
        break;
      case "mirror-crash":
      case "mirror-twice":
      case "mirror-stall":
      case "mirror-step":
      case "mirror-cut": {
        const mirror = this.mirrors[event.mirror % this.mirrors.length];
        if (!mirror) return;
        this.conditions.tally.fault(event.kind);
        strikeMirror(mirror, event, this.timeline);
        break;
      }
      case "late-message":
        this.conditions.tally.fault(event.kind);
        this.conditions.weather.fixOne(event.leg, event);
        break;
      case "refresh":
        this.conditions.tally.fault(event.kind);
        this.conditions.sessions.issue(event.person, EPOCH + this.timeline.now, event.lasts);
        break;
      case "revoke":
        this.conditions.tally.fault(event.kind);
        this.conditions.sessions.revoke(event.person, this.timeline.now);
        break;
      default:
        if (!this.conditions.settings.faults.includes(event.kind)) return;
        if (this.conditions.settings.changesCome === "by-webhook" && event.kind === "restore") return;
        this.conditions.tally.fault(event.kind);
        strike(this, event, random);
    }
  }

  async #order({ order, isolate: number }: OrderEvent, random: Random): Promise<void> {
    const isolate = this.isolate(number);
    const request = isolate.request(random);
    const position = await this.conditions.orders.give(order, {
      isolate,
      send: (work) => isolate.order(work, request),
      isInDoubt: () => this.host.isInDoubt,
    });
    await isolate.follow(position, request);
  }

  /** An order from outside, past all isolates. */
  async orderOutside(order: Order, random: Random): Promise<void> {
    await this.conditions.orders.give(order, {
      isolate: null,
      send: (work) => this.host.call(random, work),
      isInDoubt: () => this.host.isInDoubt,
    });
  }

  isolate(number: number): Isolate {
    return this.isolates[number % this.isolates.length] as Isolate;
  }

  audit(): void {
    for (const isolate of this.isolates) this.conditions.auditor.isolate(isolate);
  }

  async #nudge(name: string, position: Position, random: Random): Promise<void> {
    await this.mirrors.find((mirror) => mirror.name === name)?.nudge(position, random);
  }

  end(): void {
    for (const mirror of this.mirrors) mirror.end();
    for (const { scope } of this.isolates) scope.end();
    this.host.end();
  }

  close(): void {
    this.host.close();
  }

  /** The truth changes now. The database has lost what was acknowledged since the backup. */
  restored(random: Random): void {
    const { api, settings } = this.conditions;
    const isPulled = settings.changesCome === "by-pull";
    const toldAt = isPulled ? this.timeline.now : Number.POSITIVE_INFINITY;
    api.reload(random);
    api.note({ toldAt });
    for (const client of this.#clients) client.forget();
  }

  /** The origin's answer to a reader whom the gateway leaves to it. */
  async #passOn(path: string, token: string): Promise<Response> {
    const scope = here();
    const answer = await scope.own(this.server.readSignedIn(path, token, scope.random));
    if (answer.kind !== "response") throw new Error(answer.kind);
    const { status, headers, body } = answer.response;
    return new Response(body, { status, headers });
  }

  /** The keeper's own audit looks for the same errors as this simulator, but without knowing the truth. */
  #warned(text: string): void {
    const { event, cause, path } = JSON.parse(text) as { event: string; cause?: string; path?: string };
    this.conditions.tally.answer(cause === undefined ? event : `${event}: ${cause}`);
    // It finds what the description does not tell: that is what it is for.
    if (cause === "undeclared-dependency" && !this.conditions.postgres.definition.untold)
      this.conditions.violated(`I5. the audit found a difference in ${path} that no pull has explained`);
  }

  /** Everybody has a token to begin with. */
  #signIn(tokenMs: number): void {
    for (const person of PEOPLE.keys()) this.conditions.sessions.issue(person, EPOCH, tokenMs);
  }

  #client(number: number | null): Client | undefined {
    return number === null ? undefined : this.#clients[number];
  }

  newIsolate(number: number): Isolate {
    const { random, settings } = this.conditions;
    const offset = settings.isCalm ? 3_333.25 * (number + 1) : (random.next() - 0.5) * 20_000;
    const location = number % LOCATIONS;
    const kv = kvBinding(this.conditions, location);
    const machine = new Machine(offset);
    const own = Random.spread(random.below(2 ** 31));
    const colo = settings.hasColo ? (this.#colos[location] as Colo) : null;
    const { conditions, host, mirrors } = this;
    const mirror = mirrors[number % mirrors.length] ?? null;
    const isolate = new Isolate({ conditions, host, mirror, kv, colo, machine, location, random: own });
    isolate.onAnswer = () => void this.timeline.after(0, () => this.conditions.auditor.isolate(isolate));
    return isolate;
  }
}
