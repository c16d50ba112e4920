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

interface PollOptions {
  /** Milliseconds between the end of one attempt and the next. Null: only when told. */
  readonly everyMs: number | null;
  readonly isPaused?: boolean;
}

/** Loads now and again and again, while somebody can see the page. A hidden page asks nothing. */
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
    const next = () => {
      clearTimeout(timer);
      if (isOver || isPaused || everyMs === null || document.hidden) return;
      timer = setTimeout(attempt, pace.of(everyMs, Date.now()));
    };
    const attempt = async () => {
      try {
        const value = await load();
        if (!isOver) setState({ value, error: undefined, at: Date.now() });
      } catch (error) {
        const refusal = error instanceof Refusal ? error : new Refusal("internal", 0, String(error));
        if (!isOver) setState((known) => ({ ...known, error: refusal }));
      }
      next();
    };
    const seen = () => {
      clearTimeout(timer);
      if (!document.hidden && !isPaused && everyMs !== null) void attempt();
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
