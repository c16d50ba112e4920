import type { Mode } from "./protocol/position.ts";
import type { Meta } from "./storage/meta.ts";

/** The mode that an admin has set: on, unless there is one. */
export function modeIn(meta: Meta): Mode {
  const mode = meta.text("mode");
  return mode === "off" || mode === "shadow" ? mode : "on";
}
