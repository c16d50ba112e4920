import type { Clock } from "../runtime/clock.ts";
import { within } from "../runtime/deadline.ts";
import type { KeeperPorts } from "./ports/ports.ts";
import type { KeeperSettings } from "./ports/settings.ts";
import { MIRROR_REMEMBERED_MS, shortestBoundMs } from "./protocol/mirrors.ts";
import type { Position } from "./protocol/position.ts";
import type { Marks } from "./storage/marks.ts";

/** Far more than there are regions. Whoever synced longest ago is forgotten first. */
const MIRRORS_AT_MOST = 256;

/** A mirror answers a nudge at once. One that does not is nudged again when more has changed. */
const NUDGE_DEADLINE_MS = 2_000;

/** Two nudges of a mirror are no further apart than this, however long the bounds are. */
const LONGEST_GAP_MS = 5_000;

interface MirrorNudgesPorts {
  readonly clock: Clock;
  readonly marks: Pick<Marks, "onRaise">;
  readonly position: () => Position;
  readonly nudge: KeeperPorts["nudgeMirror"];
  readonly tables: KeeperSettings["tables"];
}

interface KnownMirror {
  syncedAt: number;
  /** What it has been answered. */
  position: Position;
  /** It is being told, or was told so short a time ago that it would not sync again yet. */
  isBusy: boolean;
  /** Marks were raised meanwhile. */
  isOwed: boolean;
}

/**
 * Tells the mirrors that have synced lately when marks were raised, so that they need not find out by a reader who waits
 * (M4). A nudge proves nothing and may be lost; nobody waits for one.
 */
export class MirrorNudges {
  readonly #ports: MirrorNudgesPorts;
  readonly #gapMs: number;
  /** From whoever synced longest ago to whoever did last. */
  readonly #mirrors = new Map<string, KnownMirror>();

  constructor(ports: MirrorNudgesPorts) {
    this.#ports = ports;
    ports.marks.onRaise = () => this.#raised();
    // A mirror does not follow nudges more often than that.
    this.#gapMs = Math.min(shortestBoundMs(ports.tables) / 2, LONGEST_GAP_MS);
  }

  /** A mirror is answered, which has synced on behalf of isolates. */
  synced(mirror: string): void {
    const { clock, position } = this.#ports;
    const now = { syncedAt: clock.now(), position: position() };
    const known = Object.assign(this.#mirrors.get(mirror) ?? { isBusy: false, isOwed: false }, now);
    this.#mirrors.delete(mirror);
    this.#mirrors.set(mirror, known);
    if (this.#mirrors.size <= MIRRORS_AT_MOST) return;
    for (const oldest of this.#mirrors.keys()) {
      this.#mirrors.delete(oldest);
      return;
    }
  }

  /** Marks have been raised in this turn. The mirrors hear of it after the turn. */
  #raised(): void {
    if (this.#mirrors.size === 0) return;
    const since = this.#ports.clock.now() - MIRROR_REMEMBERED_MS;
    for (const [name, mirror] of this.#mirrors) {
      if (mirror.syncedAt < since) this.#mirrors.delete(name);
      else if (mirror.isBusy) mirror.isOwed = true;
      else void this.#tell(name, mirror);
    }
  }

  /** Never rejects. */
  async #tell(name: string, mirror: KnownMirror): Promise<void> {
    const { clock, position, nudge } = this.#ports;
    mirror.isBusy = true;
    do {
      // After the turn, which may raise more, and after the answer to whoever has waited for this very pull.
      await clock.sleep(0);
      mirror.isOwed = false;
      const now = position();
      if (mirror.position.generation === now.generation && mirror.position.mark >= now.mark) continue;
      const told = async () => nudge?.(name, now);
      await within(clock, NUDGE_DEADLINE_MS, told(), () => {}).catch(() => {});
      await clock.sleep(this.#gapMs);
    } while (mirror.isOwed);
    mirror.isBusy = false;
  }
}
