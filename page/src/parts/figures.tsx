import type { ComponentChildren } from "preact";

interface FigureProps {
  readonly label: string;
  readonly value: ComponentChildren;
  readonly note?: ComponentChildren;
  readonly tone?: "good" | "warn" | "bad" | undefined;
}

/** A figure with its name, of the list that `Figures` is. */
export function Figure({ label, value, note, tone }: FigureProps) {
  return (
    <div class="figure">
      <dt>{label}</dt>
      <dd class={tone === undefined ? "value" : `value ${tone}`}>{value}</dd>
      {note !== undefined && <dd class="note">{note}</dd>}
    </div>
  );
}

export function Figures({
  children,
  label,
}: {
  readonly children: ComponentChildren;
  readonly label: string;
}) {
  return (
    <dl class="figures" aria-label={label}>
      {children}
    </dl>
  );
}

interface MeterProps {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  readonly text: string;
}

export function Meter({ label, value, max, text }: MeterProps) {
  return (
    <meter aria-label={label} value={value} max={max} optimum={0} high={max * 0.9}>
      {text}
    </meter>
  );
}

interface PanelProps {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A titled part of a view. */
export function Panel({ title, note, actions, children }: PanelProps) {
  return (
    <section class="panel" aria-label={title}>
      <div class="head">
        <h2>{title}</h2>
        {note !== undefined && <p class="muted">{note}</p>}
        {actions !== undefined && <div class="actions">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

interface BarProps {
  readonly part: number;
  readonly whole: number;
  /** Of the palette. */
  readonly colour: string;
}

/** A bar as long as its share, behind figures that say the same. */
export function Bar({ part, whole, colour }: BarProps) {
  const width = whole === 0 ? 0 : Math.min(100, (part / whole) * 100);
  return (
    <span class="bar" aria-hidden="true">
      <i class={colour} style={{ width: `${width}%` }} />
    </span>
  );
}

interface FactProps {
  readonly name: string;
  readonly children: ComponentChildren;
}

/** A line of the list of facts, `dl.facts`; none where nothing is known. */
export function Fact({ name, children }: FactProps) {
  if (children === undefined) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
