import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Refusal } from "./api.ts";
import { pace } from "./pace.ts";

/** What was loaded last, and why the newest attempt failed. */
export interface Polled<T> {
  readonly value: T | undefined;
  readonly error: Refusal | undefined;
  /** When `value` was loaded, in epoch milliseconds; 0: never. */
  readonly at: number;
  reload(): void;
}

/** How long what is loaded only once waits after a failure that may pass, in milliseconds. */
const RETRY_MS = 5_000;

interface PollOptions {
  /** Milliseconds between the end of one attempt and the next. Null: once, and then only when told. */
  readonly everyMs: number | null;
  readonly isPaused?: boolean;
}

/**
 * Loads now and again and again, while somebody can see the page. A hidden page asks nothing. What is loaded
 * only once is asked for again until it has come, unless the gateway says that the question is wrong.
 */
export function usePoll<T>(load: () => Promise<T>, { everyMs, isPaused = false }: PollOptions): Polled<T> {
  const [state, setState] = useState<Omit<Polled<T>, "reload">>({
    value: undefined,
    error: undefined,
    at: 0,
  });
  const [round, setRound] = useState(0);
  const loaded = useRef<{ readonly load: unknown; readonly round: number } | null>(null);
  const reload = useCallback(() => setRound((count) => count + 1), []);

  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let waitMs = everyMs;
    const next = () => {
      clearTimeout(timer);
      if (isOver || isPaused || waitMs === null || document.hidden) return;
      timer = setTimeout(attempt, pace.of(waitMs, Date.now()));
    };
    const attempt = async () => {
      waitMs = everyMs;
      try {
        const value = await load();
        if (!isOver) setState({ value, error: undefined, at: Date.now() });
      } catch (error) {
        const refusal = error instanceof Refusal ? error : new Refusal("internal", 0, String(error));
        waitMs = everyMs ?? (mayPass(refusal) ? RETRY_MS : null);
        if (!isOver) setState((known) => ({ ...known, error: refusal }));
      }
      next();
    };
    const seen = () => {
      clearTimeout(timer);
      if (!document.hidden && !isPaused && waitMs !== null) void attempt();
    };
    // After a pause ends or begins, what is known stands until the next turn.
    if (loaded.current?.load === load && loaded.current.round === round) next();
    else void attempt();
    loaded.current = { load, round };
    document.addEventListener("visibilitychange", seen);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [load, everyMs, isPaused, round]);

  return { ...state, reload };
}

/** Whether the same question may have an answer later: the network or the gateway failed, not the question. */
function mayPass({ status }: Refusal): boolean {
  return status < 400 || status >= 500;
}
