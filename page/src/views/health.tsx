import type { Desktop } from "../desktop.ts";
import { bytes, count, dayAndTime, UNKNOWN } from "../figures/format.ts";
import { Figure, Figures, Panel } from "../parts/figures.tsx";
import { Loading } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { type Check, checksOf } from "./checks.ts";
import { Mirrors } from "./mirrors.tsx";

const STATES: Readonly<Record<Check["state"], readonly [sign: string, name: string, tone: string]>> = {
  well: ["✓", "well", "good"],
  look: ["!", "look", "warn"],
  wrong: ["✕", "wrong", "bad"],
  unknown: ["?", "unknown", "muted"],
};

export function HealthView({
  stats: { value: stats, error, at },
  health: { value: health, error: unwell },
  config: { value: config },
}: Desktop) {
  if (stats === undefined && error === undefined && health === undefined && unwell === undefined) {
    return <Loading what="the health" />;
  }
  return (
    <>
      <Panel
        title="Checks"
        note={
          <>
            <code>npx tidemark doctor --gateway</code> looks into the database as well
          </>
        }
      >
        <Table
          caption="Checks"
          rows={checksOf(health, stats, { config, at })}
          keyOf={({ what }) => what}
          columns={[
            { name: "What", cell: ({ what }) => what },
            {
              name: "State",
              cell: ({ state }) => (
                <span class={STATES[state][2]}>
                  <span aria-hidden="true">{STATES[state][0]}</span> {STATES[state][1]}
                </span>
              ),
            },
            {
              name: "Says",
              cell: ({ says, fix }) => (
                <>
                  {says} {fix !== undefined && <span class="muted">{fix}</span>}
                </>
              ),
            },
          ]}
        />
      </Panel>
      <Mirrors regions={stats?.mirrors} />
      {stats !== undefined && (
        <Panel title="The keeper" note={`Counted since ${dayAndTime(stats.since)}`}>
          <Figures label="The keeper">
            <Figure label="Queries registered" value={count(stats.keys)} note={bytes(stats.registryBytes)} />
            <Figure label="Isolates" value={count(stats.isolates)} note="have reported in five minutes" />
            <Figure label="Syncs" value={count(stats.syncs)} note="calls for the fence" />
            <Figure label="Pulls" value={count(stats.pulls)} />
            <Figure label="Changes" value={count(stats.changes)} />
            <Figure label="Flushes" value={count(stats.flushes)} note="everything was invalidated" />
            <Figure label="Version" value={health?.version ?? UNKNOWN} />
          </Figures>
        </Panel>
      )}
    </>
  );
}
