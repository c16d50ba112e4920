import { type MirrorCalls, regionOfMirror } from "../../keeper/protocol/mirrors.ts";
import type { MirrorSettings } from "../../mirror/ports.ts";
import type { ResolvedConfig } from "../config/config.ts";
import type { GatewayEnv } from "../config/env.ts";
import type { Region } from "./region.ts";

/** Bodies in a mirror: 32 MiB, a quarter of a Durable Object's memory. The fence takes 0.3, and 64 deltas of it up to 26. */
const MEMORY_BYTES = 33_554_432;

/** Makes a fresh stub each time: a stub stays broken after an error of the object (docs/design/platform.md). */
export function mirrorNamed(namespace: NonNullable<GatewayEnv["MIRROR"]>, name: string): MirrorCalls {
  const locationHint = regionOfMirror(name) as Region;
  return namespace.get(namespace.idFromName(name), { locationHint });
}

/** The settings of a mirror. Isolates give it half of their time, so what takes it longer is for nobody. */
export function mirrorSettings({
  hash,
  tables,
  functions,
  audiences,
  limits,
  timeouts,
}: ResolvedConfig): MirrorSettings {
  return {
    configHash: hash,
    tables: new Map([...tables, ...functions]),
    memoryBytes: MEMORY_BYTES,
    signedIn: audiences.roles.length > 0,
    refillsPerMinute: limits.refillsPerMinute,
    deadlines: { syncMs: timeouts.syncMs / 2, fillMs: timeouts.fillMs / 2 },
  };
}
