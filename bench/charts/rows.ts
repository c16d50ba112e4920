import { COLOURS } from "./palette.ts";
import { logTicks, SHORT_NUMBER } from "./scale.ts";
import type { Panel } from "./svg.ts";

/** A chart is a table with drawn columns and a row for each thing compared. These are the columns. */
interface Row {
  readonly name: string;
  readonly colour: string;
}

interface Bar extends Row {
  readonly value: number;
  readonly label: string;
}

/** A line from low to high with a dot on it; where there are any, a tick across it and a ring around a point, too. */
export interface Span extends Row {
  readonly low: number;
  readonly dot: number;
  readonly high: number;
  readonly tick?: number | undefined;
  readonly ring?: number | undefined;
  readonly label: string;
  readonly missed?: boolean;
}

interface Column {
  readonly title: string;
  readonly width: number;
  /** Of the width, for the labels. */
  readonly labelWidth: number;
}

/** Between columns. */
export const GAP = 14;
const LETTER_WIDTH = 6.9;

const HEIGHT = { step: 23 };
const Y = { field: "name", type: "nominal", sort: null, axis: null } as const;
const COLOUR = { field: "colour", type: "nominal", scale: null } as const;
const LABEL = { field: "label", type: "nominal" } as const;
const BOLD = new Set<string>([COLOURS.other, COLOURS.clairvoyant]);

/** The width of the longest name. */
export function nameWidth(rows: readonly { readonly name: string }[]): number {
  return Math.ceil(Math.max(...rows.map(({ name }) => name.length)) * LETTER_WIDTH);
}

/** Peers in plain type, our own in bold. */
export function names(rows: readonly Row[]): Panel {
  const values = rows.map(({ name, colour }) => ({ name, weight: BOLD.has(colour) ? "normal" : "bold" }));
  return {
    data: { values },
    width: nameWidth(rows),
    height: HEIGHT,
    mark: { type: "text", align: "left", fontSize: 12, fontWeight: { expr: "datum.weight" } },
    encoding: { y: Y, x: { value: 0 }, text: { field: "name", type: "nominal" } },
  };
}

export function bars(rows: readonly Bar[], { title, width, labelWidth }: Column): Panel {
  const range: [number, number] = [0, width - labelWidth];
  const x = {
    field: "value",
    type: "quantitative" as const,
    axis: null,
    scale: { domainMin: 0, range },
  };
  return {
    data: { values: [...rows] },
    title: heading(title),
    width,
    height: HEIGHT,
    encoding: { y: Y, x },
    layer: [
      { mark: { type: "bar", height: 12 }, encoding: { color: COLOUR } },
      { mark: { type: "text", align: "left", dx: 5 }, encoding: { text: LABEL } },
    ],
  };
}

/** On a logarithmic axis, with a dashed line at 1 if that separates better from worse. */
export function spans(
  rows: readonly Span[],
  { title, width, labelWidth, one = false }: Column & { readonly one?: boolean },
): Panel {
  const ends = rows.flatMap(({ low, dot, high, tick = dot }) => [low, dot, high, tick]);
  const domain: [number, number] = [Math.min(...ends), Math.max(...ends)];
  const range: [number, number] = [6, width - labelWidth];
  const scale = { type: "log" as const, domain, range, nice: false };
  const axis = { title: null, values: logTicks(...domain), labelExpr: SHORT_NUMBER };
  const at = (field: string) => ({ field, type: "quantitative" as const, scale, axis });
  const only = (field: string) => [{ filter: `isValid(datum.${field})` }];
  const layers: Layers = [
    {
      mark: { type: "rule", strokeWidth: 4, opacity: 0.55 },
      encoding: { x: at("low"), x2: { field: "high" }, color: COLOUR },
    },
    {
      transform: only("ring"),
      mark: { type: "point", size: 45, strokeWidth: 2, fill: COLOURS.paper, opacity: 1 },
      encoding: { x: at("ring"), stroke: COLOUR },
    },
    {
      mark: { type: "point", size: 60, filled: true, opacity: 1 },
      encoding: { x: at("dot"), color: COLOUR },
    },
    {
      transform: only("tick"),
      mark: { type: "tick", thickness: 2, size: 15, color: COLOURS.ink, opacity: 1 },
      encoding: { x: at("tick") },
    },
    {
      mark: { type: "text", align: "right", color: { expr: MISSED_IN_RED } },
      encoding: { x: { value: width }, text: LABEL },
    },
  ];
  const lineAtOne: Layers = [
    {
      mark: { type: "rule", color: COLOURS.faint, strokeDash: [3, 3], strokeWidth: 1 },
      encoding: { x: { ...at("low"), field: undefined, datum: 1 }, y: { value: 0 }, y2: { value: "height" } },
    },
  ];
  return {
    data: { values: [...rows] },
    title: heading(title),
    width,
    height: HEIGHT,
    encoding: { y: Y },
    layer: one ? [...lineAtOne, ...layers] : layers,
  };
}

type Layers = Extract<Panel, { layer: unknown }>["layer"];

const MISSED_IN_RED = `datum.missed ? '${COLOURS.missed}' : '${COLOURS.ink}'`;

function heading(text: string) {
  return {
    text,
    fontSize: 12,
    color: COLOURS.faint,
    fontWeight: "normal" as const,
    offset: 8,
  };
}
