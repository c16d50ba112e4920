import { useLayoutEffect, useState } from "preact/hooks";
import type { Mode } from "../../../src/keeper/protocol/position.ts";
import type { Desktop } from "../desktop.ts";
import { count } from "../figures/format.ts";
import { Action } from "../parts/action.tsx";
import { Panel } from "../parts/figures.tsx";
import { Known } from "../parts/states.tsx";

const MODES: Readonly<Record<Mode, string>> = {
  on: "The cache answers what it can prove.",
  shadow: "The database answers every read. Hits that would have been wrong are counted.",
  off: "The database answers every read, and nothing is compared: the kill switch.",
};

export function ModeView({ api, stats, health, config }: Desktop) {
  const [chosen, setChosen] = useState<Mode>();
  // A choice stands until another mode is known to hold. In the same turn, so that no choice made after that is lost.
  useLayoutEffect(() => setChosen(undefined), [stats.value?.mode]);
  return (
    <Known of={stats} what="the mode">
      {({ mode, shadowReads, shadowWrong }) => {
        const next = chosen ?? mode;
        const deployed = config.value?.mode;
        const holds = health.value?.mode;
        const set = async () => {
          await api.post("mode", { mode: next });
          stats.reload();
          health.reload();
          return `The mode is ${next}. Other isolates learn it with their next sync.`;
        };
        return (
          <Panel title="Mode" note={holds === undefined ? undefined : `What holds now: ${holds}`}>
            <fieldset class="modes">
              <legend class="hidden">Mode</legend>
              {(Object.keys(MODES) as Mode[]).map((each) => (
                <label key={each}>
                  <input type="radio" name="mode" checked={each === next} onChange={() => setChosen(each)} />
                  <span>
                    <b>{each}</b> <span class="muted">{MODES[each]}</span>
                  </span>
                </label>
              ))}
            </fieldset>
            <Action act={set} isPrimary isDisabled={next === mode}>
              {next === mode ? "Switch" : `Switch to ${next}`}
            </Action>
            {deployed !== undefined && (
              <p class="muted">
                The stricter of this and <code>TIDEMARK_MODE</code> holds, which is <b>{deployed}</b>.
              </p>
            )}
            {shadowReads > 0 && (
              <p>
                In shadow mode {count(shadowReads)} hits were compared, and{" "}
                <b class={shadowWrong > 0 ? "bad" : "good"}>{count(shadowWrong)}</b> would have been wrong.
              </p>
            )}
          </Panel>
        );
      }}
    </Known>
  );
}
