import type { AudienceAnswer, AudienceRequest, Bearer, NoAudience } from "../../keeper/protocol/audience.ts";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import type { FillAnswer, FillRequest, Sharing } from "../../keeper/protocol/fill.ts";
import type { SyncAnswer, SyncRequest } from "../../keeper/protocol/sync.ts";
import { digestOf } from "../bearers/bearer-token.ts";

/** Somebody with a token, as the database would vouch for them. */
export interface Signed {
  readonly sub: string;
  readonly role?: string;
  /** In epoch milliseconds. */
  readonly expiresAt?: number;
}

type Calls = Pick<KeeperCalls, "sync" | "fill" | "audience">;

/**
 * A keeper that says what tests want to hear, to a gateway that is real: who shows a token, what a read needs to know of
 * them, and answers that show for whom they were fetched.
 */
export class ScriptedKeeper implements Calls {
  generation = "g1";
  /** Raised when everything is invalidated. */
  mark = 1;
  /** By token. */
  readonly people = new Map<string, Signed>();
  /** The claims that a read needs, by its relation. */
  readonly needs = new Map<string, readonly "sub"[]>();
  /** What is said instead of an audience, by relation. */
  readonly refused = new Map<string, NoAudience>();
  sharing: Sharing = "uncleared";
  forMs = 300_000;
  /** Whether the origin fails. */
  failing = false;
  /** What each kind of question about an audience waits for. */
  readonly gates = { audience: Promise.resolve(), introduced: Promise.resolve() };
  readonly asked: {
    readonly sync: SyncRequest[];
    readonly fill: FillRequest[];
    /** Questions about whoever the database need not be asked about. */
    readonly audience: AudienceRequest[];
    readonly introduced: AudienceRequest[];
  } = { sync: [], fill: [], audience: [], introduced: [] };
  /** Whom this instance has vouched for, by digest. */
  readonly #known = new Map<string, Signed>();

  /** The keeper's memory is lost, and with it everybody whom it knew. */
  restart(generation = this.generation): void {
    this.generation = generation;
    this.#known.clear();
  }

  /** How often it was asked about anybody. */
  get questions(): number {
    return this.asked.audience.length + this.asked.introduced.length;
  }

  /** Another isolate has introduced them. */
  vouchFor(token: string): void {
    const person = this.people.get(token);
    if (person !== undefined) this.#known.set(digestOf(token), person);
  }

  async sync(request: SyncRequest): Promise<SyncAnswer> {
    this.asked.sync.push(structuredClone(request));
    return {
      kind: "synced",
      ...{ position: this.#position, full: true, buckets: new Uint16Array(), marks: new Float64Array() },
      ...{ floor: this.mark, purgedAt: 0, age: 0, proven: true, mode: "on", modeSetAt: 0, pull: "made" },
    };
  }

  async audience(request: AudienceRequest): Promise<AudienceAnswer> {
    const { read, bearer, introduced } = request;
    const kind = introduced ? "introduced" : "audience";
    this.asked[kind].push(structuredClone(request));
    await this.gates[kind];
    if (!introduced && !this.#known.has(bearer.digest))
      return { kind: "none", reason: "token-unknown", forMs: 0 };
    const person = this.people.get(bearer.token);
    const reason = this.refused.get(read.relation);
    if (reason !== undefined) return { kind: "none", reason, forMs: this.forMs };
    if (person === undefined) return { kind: "none", reason: "token-unknown", forMs: 0 };
    if (person.role !== undefined) return { kind: "none", reason: "role-not-cached", forMs: this.forMs };
    this.#known.set(bearer.digest, person);
    const { expiresAt = Date.now() + 3_600_000 } = person;
    const needs = JSON.stringify(this.#needsOf(read.relation));
    const audience = this.#audienceOf(person, read.relation);
    const { generation, forMs } = this;
    return { kind: "known", generation, audience, needs, expiresAt, forMs, dueInMs: 0.75 * forMs };
  }

  async fill(request: FillRequest): Promise<FillAnswer> {
    this.asked.fill.push(structuredClone(request));
    if (request.at.generation !== this.generation) return { kind: "refused", reason: "generation" };
    const { read, bearer } = request;
    const person = bearer === null ? undefined : this.#vouched(bearer);
    if (bearer !== null && person === undefined) return { kind: "direct", reason: "token-unknown" };
    if (this.failing) return { kind: "failed", reason: "unreachable" };
    const isNamed =
      person === undefined || read.key.endsWith(` ${this.#audienceOf(person, read.asked.relation)}`);
    if (!isNamed) throw new Error(`${read.key} is not the key of ${person?.sub}`);
    const body = new TextEncoder().encode(JSON.stringify([{ fetchedFor: person?.sub ?? null }])).buffer;
    return {
      kind: "entry",
      ...{ source: "flight", age: 0, accepted: true, sharing: person ? this.sharing : "free" },
      entry: {
        ...{ ...this.#position, status: 200, headers: { "content-type": "application/json" } },
        ...{ etag: `"${person?.sub ?? ""}"`, body, filledAt: Date.now(), relations: [read.relation] },
        watched: true,
      },
    };
  }

  get #position() {
    return { generation: this.generation, mark: this.mark };
  }

  #vouched({ digest }: Bearer): Signed | undefined {
    return this.#known.get(digest);
  }

  #needsOf(relation: string): readonly "sub"[] {
    return this.needs.get(relation) ?? [];
  }

  #audienceOf({ sub }: Signed, relation: string): string {
    return this.#needsOf(relation).length === 0 ? "authenticated" : `authenticated#digest-of-${sub.length}`;
  }
}
