import type { HeldAnswer } from "../../src/gateway/reader/held-answer.ts";
import type { Reader } from "../../src/gateway/reader/reader.ts";
import type { Mode, Position } from "../../src/keeper/protocol/position.ts";
import type { Timeline } from "../../testing/time/timeline.ts";
import type { KeeperObject } from "../build.ts";
import { QUERIES } from "../database/queries.ts";
import type { Order } from "../history/history.ts";
import { EPOCH } from "../platform/clock.ts";
import type { MachineScope } from "../platform/scope.ts";

/** Names, in a body's headers, the moment at which the keeper began to ask for it. */
const ASKED_AT = "x-asked-at";

/** Clocks show whole milliseconds, and the ages of two of them are added. */
const SLACK_MS = 2.02;

export function dated<A extends { readonly headers: Readonly<Record<string, string>> }>(
  answer: A,
  at: number,
): A {
  return { ...answer, headers: { ...answer.headers, [ASKED_AT]: String(at) } };
}

/** Carries an order out. */
type CarryOut = (object: KeeperObject) => Promise<Carried>;

interface Carried {
  readonly position: Position;
}

/** How an order reaches the keeper. */
interface Sending {
  /** Through whom; null: from outside. */
  readonly isolate: ReadingIsolate | null;
  readonly send: (work: CarryOut) => Promise<Carried>;
  /** Whether the keeper's owner cannot keep the promise, for a reason that no program can help. */
  readonly isInDoubt: () => boolean;
}

/** What is looked at in an isolate. */
interface ReadingIsolate {
  readonly reader: Pick<Reader, "fence" | "mode">;
  readonly scope: MachineScope;
}

/** An admin's order that was carried out. */
interface Given {
  readonly order: Order;
  /** When the keeper's owner took it. */
  appliedAt: number;
  /** When whoever gave it heard that it was done. Infinite: never, so it promises nothing. */
  acknowledgedAt: number;
  position: Position | null;
  /** Who gave it, and follows it. Null: somebody outside. */
  readonly isolate: ReadingIsolate | null;
}

interface OrdersParts {
  readonly timeline: Timeline;
  readonly violated: (what: string) => void;
}

/** A read that was answered from the cache. */
interface AnsweredFromCache {
  readonly what: string;
  readonly query: number | null;
  readonly start: number;
  readonly boundMs: number;
  readonly setForward: number;
  readonly isolate: ReadingIsolate;
  /** What its isolate's fence was of when it began. */
  readonly knew: Position | null;
}

/** Purges and modes, as an admin orders them, and what they promise to readers. */
export class Orders {
  readonly #parts: OrdersParts;
  readonly #given: Given[] = [];

  constructor(parts: OrdersParts) {
    this.#parts = parts;
  }

  /** Whether any mode was ordered. */
  get setMode(): boolean {
    return this.#given.some(({ order }) => "mode" in order);
  }

  /** Gives an order. Resolves with the position that it was carried out at; rejects if the keeper does not answer. */
  async give(order: Order, { isolate, send, isInDoubt }: Sending): Promise<Position> {
    const { timeline } = this.#parts;
    const given: Given = {
      ...{ order, isolate, appliedAt: Number.NEGATIVE_INFINITY },
      ...{ acknowledgedAt: Number.POSITIVE_INFINITY, position: null },
    };
    const { position } = await send((object) => {
      given.appliedAt = timeline.now;
      this.#given.push(given);
      return "mode" in order ? object.setMode(order.mode) : object.purge(purgeOf(order));
    });
    if (!isInDoubt()) {
      given.acknowledgedAt = timeline.now;
      given.position = position;
    }
    return position;
  }

  /** The keeper's storage is lost, and with it the mode: "on" from now on, unless another is set. */
  storageLost(): void {
    this.#given.push({
      ...{ order: { mode: "on" }, isolate: null, position: null },
      ...{ appliedAt: this.#parts.timeline.now, acknowledgedAt: Number.POSITIVE_INFINITY },
    });
  }

  /** A cached answer must not be from before a purge that its reader may rely on (P11). */
  purges(held: HeldAnswer, read: AnsweredFromCache): void {
    const askedAt = Number(held.headers[ASKED_AT] ?? Number.NaN);
    for (const { order, appliedAt, acknowledgedAt, position, isolate } of this.#given) {
      if ("mode" in order || !(askedAt < appliedAt) || !concerns(order, read.query)) continue;
      const since = read.start - read.boundMs - read.setForward - SLACK_MS;
      const isOwn = isolate === read.isolate && acknowledgedAt < read.start;
      const isKnown = position !== null && reaches(read.knew, position);
      if (acknowledgedAt >= since && !isOwn && !isKnown) continue;
      const why = isOwn ? "its isolate has ordered" : isKnown ? "its isolate knows of" : "was acknowledged";
      this.#parts.violated(
        `P11. ${read.what} shows what was asked for at ${Math.round(askedAt)}, before the purge of ${Math.round(appliedAt)} that ${why}`,
      );
    }
  }

  /**
   * An isolate acts on a mode as young as its fence (P16).
   *
   * @param since as young as this, in true time, even if the fence is not; null: nothing is promised but the fence's word
   */
  modes({
    what,
    isolate,
    since,
  }: Pick<AnsweredFromCache, "what" | "isolate"> & { readonly since: number | null }): void {
    const { fence, mode } = isolate.reader;
    const { machine } = isolate.scope;
    if (fence === null || machine.stepped) return;
    const asOf = Math.max(fence.asOf - EPOCH - machine.offset, since ?? Number.NEGATIVE_INFINITY);
    const orders = this.#given.filter(({ order }) => "mode" in order);
    const last = orders.findLastIndex(({ acknowledgedAt }) => acknowledgedAt < asOf - SLACK_MS);
    if (last < 0) return;
    const allowed = orders.slice(last).map(({ order }) => modeOf(order));
    if (!allowed.includes(mode))
      this.#parts.violated(
        `P16. ${what} finds its isolate in mode ${mode}, which must be as of ${Math.round(asOf)}; since the order of ${Math.round(orders[last]?.appliedAt ?? 0)} it can only be ${allowed}`,
      );
  }
}

function purgeOf(order: Order) {
  const key = "purge" in order && order.purge !== null ? QUERIES[order.purge]?.read.key : undefined;
  return key === undefined ? ({ all: true } as const) : { keys: [key] };
}

const modeOf = (order: Order): Mode | null => ("mode" in order ? order.mode : null);

function concerns(order: Order, query: number | null): boolean {
  return "purge" in order && (order.purge === null || order.purge === query);
}

function reaches(knew: Position | null, { generation, mark }: Position): boolean {
  return knew !== null && knew.generation === generation && knew.mark >= mark;
}
