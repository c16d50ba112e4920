import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clockTime, dayAndTime, UNKNOWN } from "../figures/format.ts";
import { Table } from "./table.tsx";

export interface Line {
  readonly name: string;
  /** Of the palette. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly title: string;
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** For durations, of which a few seconds and a few milliseconds are both of interest. */
  readonly isLogarithmic?: boolean;
}

const HEIGHT = 190;
/** In the table for those who cannot see the chart, and who want the figures. */
const ROWS_SHOWN = 60;

/** Lines over time, and the same as a table. */
export function Chart({ title, times, lines, format, isLogarithmic = false }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const names = lines.map(({ name }) => name).join();
  const isEmpty = lines.every(({ values }) => values.every((value) => value === null));

  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    const { current: element } = place;
    if (element === null) return;
    const chart = new uPlot(
      optionsOf(element.clientWidth, lines, format, isLogarithmic),
      dataOf(times, lines),
      element,
    );
    plot.current = chart;
    const resized = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => chart.redraw(false, true);
    dark.addEventListener("change", repaint);
    return () => {
      resized.disconnect();
      dark.removeEventListener("change", repaint);
      chart.destroy();
      plot.current = null;
    };
  }, [names, isLogarithmic, isEmpty]);
  useEffect(() => plot.current?.setData(dataOf(times, lines)), [times, lines]);

  const rows = times
    .map((at, index) => ({ at, index }))
    .slice(-ROWS_SHOWN)
    .reverse();
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      {isEmpty ? <p class="none muted">None yet.</p> : <div ref={place} aria-hidden="true" class="plot" />}
      <details>
        <summary>
          Figures<span class="hidden"> of “{title}”, as a table</span>
        </summary>
        <Table
          caption={`${title}, the last ${rows.length} steps`}
          rows={rows}
          keyOf={({ at }) => String(at)}
          columns={[
            { name: "Time", cell: ({ at }) => dayAndTime(at * 1_000) },
            ...lines.map(({ name, values }) => ({
              name,
              isFigure: true,
              cell: ({ index }: { index: number }) => told(values[index], format),
            })),
          ]}
        />
      </details>
    </figure>
  );
}

function told(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? UNKNOWN : format(value);
}

function dataOf(times: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  return [[...times], ...lines.map(({ values }) => [...values])];
}

function optionsOf(
  width: number,
  lines: readonly Line[],
  format: (value: number) => string,
  isLogarithmic: boolean,
): uPlot.Options {
  const axis = {
    stroke: colour("muted"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
  };
  const font = "12px system-ui, sans-serif";
  return {
    width,
    height: HEIGHT,
    padding: [8, 20, 0, 0],
    cursor: { y: false, points: { size: 6 } },
    scales: { y: isLogarithmic ? { distr: 3 } : { range: (_, __, most) => [0, Math.max(1, most * 1.05)] } },
    axes: [
      { ...axis, font, size: 28, ...timeLabels() },
      {
        ...axis,
        ...(isLogarithmic && { grid: { ...axis.grid, filter: powersOfTen } }),
        font,
        size: 56,
        values: (_, all) => all.map((value) => (value === null ? "" : format(value))),
      },
    ],
    series: [
      { label: "At", value: (_, at) => (at === null ? "" : clockTime(at * 1_000)) },
      ...lines.map(({ name, colour: of }) => ({
        label: name,
        stroke: colour(of),
        width: 1.5,
        // A figure between two steps without one would be no line.
        points: { size: 4, filter: alone },
        spanGaps: false,
        value: (_: uPlot, value: number | null, __: number, index: number | null) =>
          index === null ? "" : told(value, format),
      })),
    ],
  };
}

/** The steps with a figure whose neighbours have none. */
function alone(chart: uPlot, of: number): number[] {
  const values = Array.from(chart.data[of] ?? []);
  const isKnown = (index: number) => values[index] !== null && values[index] !== undefined;
  return values.flatMap((_, index) =>
    isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1) ? [index] : [],
  );
}

/** A line for each would be more grid than figure. */
function powersOfTen(_: uPlot, splits: number[]): (number | null)[] {
  return splits.map((value) => (Number.isInteger(Math.log10(value)) ? value : null));
}

/** On a 24-hour clock. */
function timeLabels(): Pick<uPlot.Axis, "values"> {
  return {
    values: (_, all, __, ___, step) =>
      all.map((at) =>
        new Date(at * 1_000).toLocaleString(
          "en-GB",
          step >= 86_400 ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" },
        ),
      ),
  };
}

/** Read when it is painted, so that it follows the reader's setting. */
function colour(name: string): () => string {
  return () => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
