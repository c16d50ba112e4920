import { DurableObject } from "cloudflare:workers";
import type { AudienceRequest } from "../keeper/protocol/audience.ts";
import type { FillRequest } from "../keeper/protocol/fill.ts";
import type { MirrorCalls } from "../keeper/protocol/mirrors.ts";
import type { Position } from "../keeper/protocol/position.ts";
import type { SyncRequest } from "../keeper/protocol/sync.ts";
import { systemClock } from "../runtime/clock.ts";
import { Mirror } from "./mirror.ts";
import type { MirrorPorts, MirrorSettings } from "./ports.ts";

/** What a mirror's Durable Object gets from its environment. */
interface MirrorParts {
  readonly settings: MirrorSettings;
  readonly keeper: MirrorPorts["keeper"];
}

export type MirrorClass<Env> = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & MirrorCalls;

/**
 * The mirror as a Durable Object: a thin shell. It stores nothing.
 *
 * @param partsOf called once per instance, with the object's environment
 */
export function mirrorClass<Env>(partsOf: (env: Env) => MirrorParts): MirrorClass<Env> {
  return class MirrorObject extends DurableObject<Env> implements MirrorCalls {
    readonly #mirror: Mirror;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      const { settings, keeper } = partsOf(env);
      this.#mirror = new Mirror({ clock: systemClock, keeper }, settings);
    }

    sync(request: SyncRequest) {
      return this.#mirror.sync(request);
    }

    fill(request: FillRequest) {
      return this.#mirror.fill(request);
    }

    audience(request: AudienceRequest) {
      return this.#mirror.audience(request);
    }

    nudge(position: Position) {
      return this.#mirror.nudge(position);
    }
  };
}
