/**
 * Each colour in light mode, and its dark counterpart. A chart writes the light one, which the style sheet in every
 * SVG replaces (svg.ts). No two light ones may be equal.
 */
const PALETTE = {
  paper: ["#ffffff", "#0d1117"],
  ink: ["#1f2328", "#f0f6fc"],
  faint: ["#59636e", "#9198a1"],
  line: ["#d8dee4", "#30363d"],
  missed: ["#cf222e", "#ff7b72"],
  /** Peers. */
  other: ["#a0aab5", "#6e7681"],
  /** The clairvoyant: the limit for every cache. */
  clairvoyant: ["#24292f", "#e6edf3"],
  tidemark: ["#0e7c93", "#39b5d0"],
  /** Tidemark by its bound: the tighter, the stronger. */
  bound0: ["#06485a", "#7ce3f7"],
  bound1: ["#0d7489", "#43bcd6"],
  bound2: ["#2fa4bd", "#2890a8"],
  bound3: ["#7cc8d8", "#247388"],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

type ColourName = keyof typeof PALETTE;

export const COLOURS = Object.fromEntries(
  Object.entries(PALETTE).map(([name, [light]]) => [name, light]),
) as Readonly<Record<ColourName, string>>;

const SHADES = [COLOURS.bound0, COLOURS.bound1, COLOURS.bound2, COLOURS.bound3];

/** The colour of one of Tidemark's bounds among all bounds in a chart. */
export function shadeOf(bound: number, bounds: readonly number[]): string {
  const rank = [...new Set(bounds)].sort((a, b) => a - b).indexOf(bound);
  return SHADES[rank] ?? COLOURS.bound3;
}

/** Replaces each colour by its dark counterpart for readers who prefer it. */
export const DARK_STYLE = `@media (prefers-color-scheme:dark){${Object.values(PALETTE)
  .flatMap(([light, dark]) => ["fill", "stroke"].map((of) => `[${of}="${light}"]{${of}:${dark}}`))
  .join("")}}`;
