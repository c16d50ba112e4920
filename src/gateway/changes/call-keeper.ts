import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import { systemClock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import { problem } from "../http/problem.ts";

/** How long an admin or a webhook waits. Supabase's dashboard lets a webhook wait for 5 s at most. */
export const DEADLINE_MS = 4_500;

const RETRY_AFTER_SECONDS = "2";

/**
 * The keeper's answer, or undefined when it fails or does not answer in time. A stub that failed stays broken, so a
 * second call uses a fresh one (docs/design/platform.md). Pass `attempts: 1` for a call that must not happen twice.
 *
 * @param keeper makes a fresh stub
 */
export async function callKeeper<T, Calls = KeeperCalls>(
  keeper: () => Calls,
  call: (calls: Calls) => Promise<T>,
  { attempts = 2, deadlineMs = DEADLINE_MS } = {},
): Promise<T | undefined> {
  const tries = async (): Promise<T | undefined> => {
    for (let attempt = 0; attempt < attempts; attempt++) {
      try {
        return await call(keeper());
      } catch {
        // The next attempt, or undefined.
      }
    }
    return undefined;
  };
  return within(systemClock, deadlineMs, tries(), () => undefined);
}

export function keeperUnavailable(what: string): Response {
  return problem("keeper-unavailable", `${what}; try again`, {
    headers: { "retry-after": RETRY_AFTER_SECONDS },
  });
}
