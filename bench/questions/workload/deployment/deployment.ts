import type { ResolvedConfig } from "../../../../src/gateway/config/config.ts";
import { keeperSettings, schemaQuestionOf } from "../../../../src/gateway/config/keeper-settings.ts";
import type { BoundedRead, ReadResult, VouchedBearer } from "../../../../src/gateway/reader/bounded-read.ts";
import type { Keeper } from "../../../../src/keeper/keeper.ts";
import { type Bearer, isOfTheBearer } from "../../../../src/keeper/protocol/audience.ts";
import type { KeeperCalls } from "../../../../src/keeper/protocol/calls.ts";
import type { CacheableRead, StoredResponse } from "../../../../src/keeper/protocol/entry.ts";
import type { Change } from "../../../../src/postgrest/row/change.ts";
import type { Timeline } from "../../../../testing/time/timeline.ts";
import { type Counts, noCounts } from "../counts.ts";
import { Kv } from "../kv.ts";
import { keeperMsOf, type Network, placeOf } from "../network.ts";
import type { Backend } from "./backend.ts";
import { Colos } from "./colo.ts";
import { Isolate } from "./isolate.ts";
import { type StartedKeeper, startKeeper } from "./keeper.ts";
import { RegionalMirrors } from "./mirrors.ts";

export interface DeploymentOptions {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly config: ResolvedConfig;
  readonly backend: Backend;
  readonly isolates: number;
  readonly changes: "pulled" | "told";
  /** Whether a mirror stands in each place that is farther from the keeper than from its mirror. Not, unless told. */
  readonly mirrors?: boolean;
  /** Whether isolates of a place share their data centre's cache. Not, unless told. */
  readonly colo?: boolean;
}

/** Who asks, where readers sign in. */
export interface SignedIn {
  readonly client: number;
  readonly bearer: Bearer;
}

const UNAWAITED = (work: Promise<unknown>) => void work.catch(() => {});

/** A gateway in virtual time: the real Reader, Keeper and PullFeed, connected by lines that take time. */
export class Deployment {
  readonly counts: Counts;
  /** Wrong answers that the audit found. */
  readonly findings: readonly string[];
  readonly #options: DeploymentOptions;
  readonly #isolates: Isolate[] = [];
  readonly #keeper: Keeper;
  readonly #kv: Kv<StoredResponse>;
  readonly #rowsWritten: () => number;
  readonly #mirrors: RegionalMirrors | null;
  readonly #colos: Colos | null;

  private constructor(
    options: DeploymentOptions,
    counts: Counts,
    kv: Kv<StoredResponse>,
    colos: Colos | null,
    { keeper, rowsWritten, findings }: StartedKeeper,
  ) {
    this.#options = options;
    this.counts = counts;
    this.findings = findings;
    this.#kv = kv;
    this.#colos = colos;
    this.#keeper = keeper;
    this.#rowsWritten = rowsWritten;
    this.#mirrors = options.mirrors
      ? new RegionalMirrors({ ...options, counts, keeper: (place) => this.#line(place) })
      : null;
    for (let n = 0; n < options.isolates; n++) this.#isolates.push(this.#newIsolate(n));
  }

  static async start(options: DeploymentOptions): Promise<Deployment> {
    const { timeline, network, config } = options;
    const counts = noCounts();
    const colos = options.colo ? new Colos(timeline) : null;
    const kv = new Kv<StoredResponse>(timeline, network, counts);
    let mirrors: RegionalMirrors | null = null;
    const keeper = await startKeeper({
      ...options,
      nudge: async (mirror, position) => mirrors?.nudge(mirror, position),
      settings: keeperSettings(config),
      question: schemaQuestionOf(config),
      counts,
      put: (key, entry, ttlMs) => kv.put(null, `${entry.generation}/${key}`, entry, ttlMs),
    });
    const deployment = new Deployment(options, counts, kv, colos, keeper);
    mirrors = deployment.#mirrors;
    return deployment;
  }

  /** An anonymous reader's read as the gateway makes it. */
  read(
    isolate: number,
    read: CacheableRead,
    boundMs: number,
    client: number,
  ): ReadResult | Promise<ReadResult> {
    return this.isolate(isolate).read(this.#order(read, null, boundMs, client));
  }

  /** A read of somebody who signs in, as the gateway makes it: by the audience that the keeper names. */
  async readFor(
    isolate: number,
    base: CacheableRead,
    boundMs: number,
    { client, bearer }: SignedIn,
  ): Promise<ReadResult> {
    const its = this.isolate(isolate);
    const asked = [base, bearer, () => String(client), UNAWAITED] as const;
    const named = its.audiences.known(...asked) ?? (await its.audiences.ask(...asked));
    if (named.kind === "none") return { kind: "direct", reason: named.reason };
    const { read, generation, expiresAt } = named;
    const result = await its.read(this.#order(read, { ...bearer, generation, expiresAt }, boundMs, client));
    if (result.kind === "direct" && isOfTheBearer(result.reason)) its.audiences.forget(bearer.digest);
    return result;
  }

  /** The database has answered somebody of whom an isolate did not know. */
  introduce(isolate: number, base: CacheableRead, { client, bearer }: SignedIn): void {
    this.isolate(isolate).audiences.introduce(base, bearer, () => String(client), UNAWAITED);
  }

  /** Reports these changes to the keeper. */
  async tell(changes: readonly Change[]): Promise<void> {
    this.counts.told++;
    await this.#keeper.ingest(changes);
  }

  /** Everything used so far. */
  used(): Counts {
    return { ...this.counts, rowsWritten: this.#rowsWritten() };
  }

  isolate(number: number): Isolate {
    const isolate = this.#isolates[number];
    if (isolate === undefined) throw new Error(`there is no isolate ${number}`);
    return isolate;
  }

  #order(read: CacheableRead, bearer: VouchedBearer | null, boundMs: number, client: number): BoundedRead {
    return {
      ...{ read, bearer, boundMs, token: null, staleIfErrorMs: 0, staleWhileRevalidateMs: 0 },
      ttlMs: this.#options.config.tables.get(read.relation)?.ttlMs ?? 0,
      client: () => String(client),
      anchor: UNAWAITED,
    };
  }

  #newIsolate(number: number): Isolate {
    const { timeline, network, config } = this.#options;
    const place = placeOf(network, number);
    const near = this.#mirrors?.lineOf(number) ?? null;
    const line = near ?? this.#line(number);
    return new Isolate({
      ...{ timeline, config, colo: this.#colos?.portOf(place) },
      keeper: () => line,
      isNear: () =>
        this.#mirrors !== null && (near !== null || keeperMsOf(network, number) <= network.mirrorMs),
      lookup: (generation, key) => this.#kv.get(place, `${generation}/${key}`),
    });
  }

  #line(isolate: number): Pick<KeeperCalls, "sync" | "fill" | "audience"> {
    const { timeline, network } = this.#options;
    const half = keeperMsOf(network, isolate) / 2;
    const far = async <T>(work: () => Promise<T>): Promise<T> => {
      await timeline.sleep(half);
      const answer = await work();
      await timeline.sleep(half);
      return answer;
    };
    return {
      sync: (request) => {
        this.counts.syncs++;
        return far(() => this.#keeper.sync(request));
      },
      fill: (request) => {
        this.counts.fills++;
        return far(() => this.#keeper.fill(request));
      },
      audience: (request) => {
        this.counts.audiences++;
        return far(() => this.#keeper.audience(request));
      },
    };
  }
}
