import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "../command/command-error.ts";

export const WATCH_FLAGS = {
  watch: { type: "boolean", description: "Again and again, until Ctrl-C" },
  every: { type: "string", valueHint: "seconds", description: "With --watch: how often (2)", default: "2" },
} as const;

interface HowToShow {
  readonly watch?: boolean | undefined;
  readonly every: string;
  readonly json?: boolean | undefined;
}

/**
 * Shows an answer once, or a new one every so often until SIGINT or SIGTERM; as JSON, each of those is a line. What fails the
 * first time ends the command; what fails later is shown, and tried again.
 *
 * @param show the answer in lines for people
 * @throws CommandError when `every` is not between 1 and 3,600 seconds
 */
export async function showOnceOrWatch(
  { watch, every, json }: HowToShow,
  ask: () => Promise<unknown>,
  show: (answer: unknown) => Promise<readonly string[]>,
): Promise<void> {
  const everyMs = intervalOf(every);
  const picture = async () => {
    const answer = await ask();
    return json ? [JSON.stringify(answer, null, watch ? 0 : 2)] : show(answer);
  };
  print(await picture(), false);
  if (!watch) return;
  const stopping = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopping.abort());
  for (;;) {
    await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => {});
    if (stopping.signal.aborted) return;
    const lines = await picture().catch((error: unknown) => {
      if (error instanceof CommandError) return [`tidemark: ${error.message}`, `  ${error.hint}`];
      throw error;
    });
    print(lines, true);
  }
}

/** On a terminal each picture takes the place of the last one. */
function print(lines: readonly string[], isNext: boolean): void {
  const clear = isNext && process.stdout.isTTY ? "\x1b[H\x1b[2J" : "";
  process.stdout.write(`${clear}${lines.join("\n")}\n`);
}

function intervalOf(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds >= 1 && seconds <= 3_600) return seconds * 1_000;
  // Each look is a call of the keeper, which is billed.
  throw new CommandError("--every must be from 1 to 3600 seconds", "For example: --watch --every 5", {
    exitCode: 2,
  });
}
