import type { JSX } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ShownConfig } from "../../src/gateway/admin/shown-config.ts";
import type { Api } from "./api/api.ts";
import { type Polled, usePoll } from "./api/poll.ts";
import type { HealthAnswer, KnownStats } from "./api/types.ts";
import type { Desktop } from "./desktop.ts";
import { clockTime } from "./figures/format.ts";
import { type Sample, withSample } from "./figures/rates.ts";
import { Trouble } from "./parts/states.tsx";
import { Wordmark } from "./parts/wordmark.tsx";
import { useView, VIEWS, type View } from "./route.ts";
import { AuditView } from "./views/audit.tsx";
import { ChangesView } from "./views/changes.tsx";
import { HealthView } from "./views/health.tsx";
import { ModeView } from "./views/mode.tsx";
import { NowView } from "./views/now.tsx";
import { QueriesView } from "./views/queries.tsx";
import { TablesView } from "./views/tables.tsx";
import { TryView } from "./views/try-one.tsx";

const STATS_EVERY_MS = 5_000;
const HEALTH_EVERY_MS = 30_000;

const CONTENTS: Readonly<Record<View, (desktop: Desktop) => JSX.Element>> = {
  now: NowView,
  tables: TablesView,
  queries: QueriesView,
  try: TryView,
  changes: ChangesView,
  audit: AuditView,
  health: HealthView,
  mode: ModeView,
};

interface DeskProps {
  readonly api: Api;
  /** @param why shown where the secret is asked for again */
  onLeave(why?: string): void;
}

export function Desk({ api, onLeave }: DeskProps) {
  const view = useView();
  const [isPaused, setPaused] = useState(false);
  const stats = usePoll(
    useCallback(() => api.get<KnownStats>("stats"), [api]),
    { everyMs: STATS_EVERY_MS, isPaused },
  );
  const health = usePoll(
    useCallback(() => api.get<HealthAnswer>("health"), [api]),
    { everyMs: HEALTH_EVERY_MS, isPaused },
  );
  const config = usePoll(
    useCallback(() => api.get<ShownConfig>("config"), [api]),
    { everyMs: null },
  );
  const samples = useSamples(stats);

  const refused = [stats, config].find(({ error }) => error?.status === 401);
  useEffect(() => {
    if (refused) onLeave("The gateway does not take the secret any more.");
  }, [refused]);

  const heading = useRef<HTMLHeadingElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${VIEWS[view]} · Tidemark`;
    // So that a screen reader says where it is, and Tab goes on from there.
    if (!isFirst.current) heading.current?.focus();
    isFirst.current = false;
  }, [view]);

  const Content = CONTENTS[view];
  return (
    <div class="desk">
      {/* biome-ignore lint/a11y/useValidAnchor: it is a link, but the address's # names the view. */}
      <a class="skip" href="#content" onClick={(event) => skip(event, heading.current)}>
        Skip to the content
      </a>
      <header>
        <Wordmark />
        <nav aria-label="Views">
          <ul>
            {Object.entries(VIEWS).map(([name, title]) => (
              <li key={name}>
                <a href={`#${name}`} aria-current={name === view ? "page" : undefined}>
                  {title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="session">
          <Freshness stats={stats} isPaused={isPaused} />
          <button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
            Pause
          </button>
          <button type="button" onClick={() => onLeave()}>
            Sign out
          </button>
        </div>
      </header>
      <main>
        <div class="title">
          <h1 id="content" ref={heading} tabIndex={-1}>
            {VIEWS[view]}
          </h1>
          <Standing stats={stats} health={health} />
        </div>
        <Trouble error={stats.error ?? config.error} at={stats.at} />
        <Content {...{ api, stats, health, config, samples, isPaused }} />
      </main>
    </div>
  );
}

function skip(event: Event, heading: HTMLElement | null): void {
  event.preventDefault();
  heading?.focus();
}

function Freshness({ stats, isPaused }: { readonly stats: Polled<KnownStats>; readonly isPaused: boolean }) {
  if (stats.at === 0) return null;
  return (
    <span class="muted">
      {isPaused ? "Paused at " : "As of "}
      <time dateTime={new Date(stats.at).toISOString()}>{clockTime(stats.at)}</time>
    </span>
  );
}

/** One line on every view: the mode, and whether all is well. */
function Standing({ stats, health }: Pick<Desktop, "stats" | "health">) {
  const mode = health.value?.mode ?? stats.value?.mode;
  if (mode === undefined) return null;
  const isWell = health.value?.status !== "degraded" && stats.error === undefined;
  return (
    <p class="standing">
      <a href="#mode" class={mode === "on" ? "pill" : "pill warn"}>
        Mode: {mode}
      </a>
      <a href="#health" class={isWell ? "pill good" : "pill bad"}>
        {isWell ? "Healthy" : "Degraded"}
      </a>
    </p>
  );
}

function useSamples({ value, at }: Polled<KnownStats>): readonly Sample[] {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => {
    if (value !== undefined) setSamples((known) => withSample(known, { at, stats: value }));
  }, [value, at]);
  return samples;
}
