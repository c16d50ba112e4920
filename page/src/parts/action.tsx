import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Refusal } from "../api/api.ts";

interface ActionProps {
  readonly children: ComponentChildren;
  /** Does it, and says what has happened. */
  readonly act: () => Promise<string>;
  /** Asked before, if it is not done lightly. */
  readonly confirm?: string;
  readonly label?: string;
  readonly isPrimary?: boolean;
  readonly isDisabled?: boolean;
}

/** A button whose outcome stands beside it, and is read out. */
export function Action({
  children,
  act,
  confirm,
  label,
  isPrimary = false,
  isDisabled = false,
}: ActionProps) {
  const [state, setState] = useState<"idle" | "asking" | "acting">("idle");
  const [outcome, setOutcome] = useState<{ readonly text: string; readonly isBad: boolean }>();
  const run = async () => {
    setState("acting");
    setOutcome(undefined);
    try {
      setOutcome({ text: await act(), isBad: false });
    } catch (error) {
      setOutcome({ text: error instanceof Refusal ? error.message : String(error), isBad: true });
    }
    setState("idle");
  };
  return (
    <span class="action">
      {state === "asking" ? (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot stand inside a line.
        <span class="confirm" role="group" aria-label={confirm}>
          {confirm}{" "}
          <button type="button" class="danger" onClick={run}>
            Yes
          </button>{" "}
          <button type="button" ref={focus} onClick={() => setState("idle")}>
            No
          </button>
        </span>
      ) : (
        <button
          type="button"
          class={isPrimary ? "primary" : undefined}
          aria-label={label}
          disabled={isDisabled || state === "acting"}
          onClick={() => (confirm === undefined ? run() : setState("asking"))}
        >
          {children}
        </button>
      )}{" "}
      <span role="status" class={outcome?.isBad ? "bad" : "muted"}>
        {outcome?.text}
      </span>
    </span>
  );
}

/** The harmless answer has the focus first. */
function focus(element: HTMLElement | null): void {
  element?.focus();
}
