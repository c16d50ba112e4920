import type { Timeline } from "../../testing/time/timeline.ts";
import type { MirrorFaultEvent } from "../history/history.ts";
import type { MirrorHost } from "./mirror-host.ts";

/** What befalls a mirror. */
export function strikeMirror(mirror: MirrorHost, event: MirrorFaultEvent, timeline: Timeline): void {
  switch (event.kind) {
    case "mirror-crash":
      mirror.crash();
      break;
    case "mirror-twice":
      mirror.supersede(event.lasts);
      break;
    case "mirror-stall":
      mirror.instance.scope.sleep(timeline.now + event.lasts);
      break;
    case "mirror-step":
      mirror.instance.scope.machine.step(event.by);
      break;
    case "mirror-cut":
      mirror.cut(event.from, event.lasts);
      break;
  }
}
