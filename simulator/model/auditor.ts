import type { BucketFence } from "../../src/fence/bucket-fence.ts";
import type { HeldAnswer } from "../../src/gateway/reader/held-answer.ts";
import type { Reader } from "../../src/gateway/reader/reader.ts";
import { FIRST_PERSONAL_ID } from "../../src/keeper/keys/unstored.ts";
import { KV_TRIES } from "../../src/keeper/kv/kv-outbox.ts";
import type { StoredResponse } from "../../src/keeper/protocol/entry.ts";
import { PEOPLE } from "../database/people.ts";
import { QUERIES } from "../database/queries.ts";
import { userId } from "../database/rows.ts";
import type { Cause, Transition } from "../database/truth.ts";
import { EPOCH } from "../platform/clock.ts";
import type { MachineScope } from "../platform/scope.ts";
import type { Conditions } from "./conditions.ts";
import type { IsolateMemory } from "./isolate-memory.ts";
import { isPersonal, type Judged, judgedBy, textOf } from "./judged.ts";

/**
 * Clocks show whole milliseconds, and ages are differences of two of them; an isolate's clock also ticks whenever it
 * is read in frozen time. Bounds are checked with this tolerance, which no line is fast enough to use up.
 */
const SLACK_MS = 1.01;

/** Retries of a put are over by then; an entry that expires meanwhile is no longer put. */
const RETRIES_MS = 1_200_000;

/** A put that takes longer has failed. */
const PUT_MS = 10_000;

const decoder = new TextDecoder();

/** The conditions of audited parts. */
export interface Audited extends Conditions {
  readonly auditor: Auditor;
}

/** What the auditor reads of an isolate. */
interface AuditedIsolate {
  readonly reader: Pick<Reader, "fence">;
  readonly memory: IsolateMemory;
  readonly scope: MachineScope;
}

/** What stores could return, and who may get it. */
interface Stored {
  readonly judged: readonly Judged[];
  readonly held: HeldAnswer;
  /** The body. */
  readonly text: string;
}

/** Checks the cache against the database. Invariants are numbered in docs/design/architecture.md. */
export class Auditor {
  readonly #conditions: Conditions;
  /** Every entry that was ever sent to KV: any of them may come back, anywhere. */
  readonly #put: (Stored & {
    readonly begunAt: number;
    isThere: boolean;
    mayExpire: boolean;
  })[] = [];

  /** Every entry that was ever left in a data centre's cache, by what is in it. */
  readonly #left = new Map<string, Stored>();

  constructor(conditions: Conditions) {
    this.#conditions = conditions;
  }

  /** The keeper puts an entry. Returns what to call once the keeper knows that it is stored. */
  sentToKv(key: string, entry: StoredResponse): () => void {
    if (isPersonal(key)) this.#conditions.violated(`S9. ${key} is put to KV`);
    const judged = judgedBy(this.#conditions, key, null);
    const held = this.#conditions.build.hold(key, entry, Number.NEGATIVE_INFINITY);
    const { timeline, settings } = this.#conditions;
    const age = EPOCH + timeline.now - entry.filledAt;
    const mayExpire = age > settings.ttlMs - RETRIES_MS;
    const put = { judged, held, text: textOf(entry.body), begunAt: timeline.now, isThere: false, mayExpire };
    this.#put.push(put);
    return () => {
      put.isThere = true;
    };
  }

  /** An isolate leaves an entry for others of its data centre. */
  leftInColo(bytes: ArrayBuffer): void {
    const { key, entry } = entryIn(bytes);
    if (isPersonal(key)) this.#conditions.violated(`S9. ${key} is left in the data centre's cache`);
    const name = JSON.stringify([key, entry.generation, entry.mark, entry.filledAt, entry.etag]);
    if (this.#left.has(name)) return;
    const held = this.#conditions.build.hold(key, entry, Number.NEGATIVE_INFINITY);
    this.#left.set(name, { judged: judgedBy(this.#conditions, key, null), held, text: textOf(entry.body) });
  }

  /** Nothing that the keeper stores tells of a person: no claim, no token, no key that only a person's claims lead to. */
  stored(value: string | number): void {
    const { violated, settings } = this.#conditions;
    if (settings.signedIn === null) return;
    const tells = typeof value === "string" ? this.#tells(value) : isPersonalId(value);
    if (tells) violated(`S9. the keeper stores ${value}`);
  }

  #tells(text: string): boolean {
    return (
      /^\S+ .*#\S+$/.test(text) ||
      PEOPLE.some(({ user }) => text.includes(userId(user))) ||
      this.#conditions.sessions.all().some((session) => text.includes(session.text))
    );
  }

  /**
   * A body that was owed to KV and is still valid must have arrived, whatever crashed or failed (I4), unless KV has failed as
   * often as a keeper tries. What a keeper whose clock was set back puts late may be under way.
   */
  debts(fence: BucketFence): void {
    for (const { read } of QUERIES) {
      const tries = this.#put.filter(({ held }) => held.key === read.key);
      const last = tries.at(-1);
      if (last === undefined || last.mayExpire || !fence.accepts(last.held)) continue;
      if (last.begunAt > this.#conditions.timeline.now - PUT_MS) continue;
      const ofBody = tries.filter(({ held }) => held.filledAt === last.held.filledAt);
      if (ofBody.length >= KV_TRIES || ofBody.some(({ isThere }) => isThere)) continue;
      this.#conditions.violated(`I4. ${read.path} was owed to KV, and given up`);
    }
  }

  /** An answer to a reader must be within its bound (I1) and show the reader's own writes (I6). */
  answer(
    what: string,
    judged: Judged,
    body: string,
    {
      start,
      boundMs,
      setForward,
      own,
    }: {
      readonly start: number;
      readonly boundMs: number;
      /** Milliseconds that its clock was set forward while it was read. */
      readonly setForward: number;
      readonly own: ReadonlySet<Cause>;
    },
  ): void {
    const { violated, tally } = this.#conditions;
    const lacks = judged.lacks(body);
    if (lacks === null) {
      violated(`I1. ${what} shows what was never true: ${body}`);
      return;
    }
    const told = firstTold(lacks);
    tally.staleness(boundMs, Math.max(0, start - told));
    if (told < start - boundMs - setForward - SLACK_MS)
      violated(`I1. ${what} lacks a change of ${round(told)}, ${round(start - told)} ms before it began`);
    const lost = lacks.find(({ cause }) => own.has(cause));
    if (lost) violated(`I6. ${what} lacks the reader's own write of ${round(lost.at)}`);
  }

  /** Checks the isolate's entries, and those that KV could return, against its fence (I2, I4, I5). */
  isolate(isolate: AuditedIsolate): void {
    const { fence } = isolate.reader;
    const { machine, ended } = isolate.scope;
    // After a clock step it is unknown which moment the clock meant; answers must still keep their bounds.
    if (!fence || ended || machine.stepped || !this.isHeldTo(isolate)) return;
    const held = QUERIES.flatMap(({ read }) => isolate.memory.get(read.key) ?? []);
    for (const each of [...held, ...isolate.memory.signedIn()]) {
      const text = textOf(each.body);
      for (const judged of judgedBy(this.#conditions, each.key, each.owner)) {
        this.claim(isolate, judged, text, each.provenAt, "in memory");
        if (fence.accepts(each)) this.claim(isolate, judged, text, fence.asOf, "in memory, by the fence");
      }
    }
    this.#stored(isolate, fence, this.#put, "in KV");
    this.#stored(isolate, fence, this.#left.values(), "in the data centre");
  }

  /** What stores could return. */
  #stored(isolate: AuditedIsolate, fence: BucketFence, entries: Iterable<Stored>, where: string): void {
    for (const { judged, held, text } of entries) {
      if (!fence.accepts(held)) continue;
      for (const each of judged) this.claim(isolate, each, text, fence.asOf, `${where}, by the fence`);
    }
  }

  /**
   * With pulled changes, an answer that is not proven says so and promises nothing. Durations cannot be checked, either, against a
   * clock that is wrong unnoticed.
   */
  isHeldTo(isolate: AuditedIsolate): boolean {
    const { objects, settings } = this.#conditions;
    if (isolate.scope.machine.misled || objects.some(({ misled }) => misled)) return false;
    return settings.changesCome === "by-webhook" || isolate.reader.fence?.proven !== false;
  }

  /** Checks a claim that a body is true as of a moment on the isolate's clock. */
  claim(isolate: AuditedIsolate, judged: Judged, body: string, provenAt: number, where: string): void {
    const { violated, tally } = this.#conditions;
    if (provenAt === Number.NEGATIVE_INFINITY || isolate.scope.machine.stepped) return;
    tally.proofs++;
    const moment = provenAt - EPOCH - isolate.scope.machine.offset;
    const lacks = judged.lacks(body);
    const told = lacks && firstTold(lacks);
    if (told === null || told < moment - SLACK_MS) {
      const lack = told === null ? "was never true" : `lacks a change of ${round(told)}`;
      violated(`I2. ${judged.path} ${where}, said to be true as of ${round(moment)}, ${lack}`);
    }
  }
}

/**
 * When the first change that an answer lacks was reported. Until then later changes demand nothing: a lost webhook
 * takes along the state by which the next ones are judged.
 */
function firstTold([first]: readonly Transition[]): number {
  return first?.cause.toldAt ?? Number.POSITIVE_INFINITY;
}

/** What lies in a data centre's cache: a digest, the length of a description, the description, the body. */
function entryIn(bytes: ArrayBuffer): { readonly key: string; readonly entry: StoredResponse } {
  const bodyAt = 36 + new DataView(bytes).getUint32(32);
  const { version: _, key, ...described } = JSON.parse(decoder.decode(bytes.slice(36, bodyAt)));
  return { key, entry: { ...described, body: bytes.slice(bodyAt), watched: true } };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}

/** Times are greater. */
function isPersonalId(value: number): boolean {
  return value > FIRST_PERSONAL_ID && value < FIRST_PERSONAL_ID + 1_000_000;
}
