/** A colour as `#rrggbb`. */
type Colour = `#${string}`;

/** What the page's styles are made of. A test computes the contrast of each pair that `CONTRASTS` lists. */
interface Palette {
  readonly ground: Colour;
  readonly surface: Colour;
  readonly raised: Colour;
  readonly line: Colour;
  /** Borders of controls. */
  readonly edge: Colour;
  readonly text: Colour;
  readonly muted: Colour;
  readonly accent: Colour;
  readonly "on-accent": Colour;
  readonly good: Colour;
  readonly warn: Colour;
  readonly bad: Colour;
  /** Of the lines and bars that stand for outcomes. */
  readonly hit: Colour;
  readonly stale: Colour;
  readonly miss: Colour;
  readonly bypass: Colour;
  readonly error: Colour;
  readonly origin: Colour;
}

type Name = keyof Palette;

export const LIGHT: Palette = {
  ground: "#f5f7f8",
  surface: "#ffffff",
  raised: "#eef2f4",
  line: "#dde4e8",
  edge: "#7f8d97",
  text: "#13202a",
  muted: "#4f5f6b",
  accent: "#0a6785",
  "on-accent": "#ffffff",
  good: "#12693c",
  warn: "#7d5200",
  bad: "#b0241c",
  hit: "#0f7ea3",
  stale: "#7a5bc7",
  miss: "#b06a00",
  bypass: "#6f7d87",
  error: "#cc3328",
  origin: "#2b4a9b",
};

export const DARK: Palette = {
  ground: "#0c1216",
  surface: "#131b21",
  raised: "#1b252c",
  line: "#26323a",
  edge: "#71818d",
  text: "#e3eaee",
  muted: "#9babb6",
  accent: "#62c5e2",
  "on-accent": "#06222c",
  good: "#62cb90",
  warn: "#e2b355",
  bad: "#ff9389",
  hit: "#4fb9d8",
  stale: "#b49cf0",
  miss: "#e6a23c",
  bypass: "#8b9ba6",
  error: "#f2695d",
  origin: "#8ea8f5",
};

const GROUNDS: readonly Name[] = ["ground", "surface", "raised"];

/** Pairs and the contrast that WCAG 2.2 AA asks of them: 4.5 for text, 3 for what is not text. */
export const CONTRASTS: readonly (readonly [fore: Name, back: Name, least: number])[] = [
  ...GROUNDS.flatMap((back) =>
    (["text", "muted", "accent", "good", "warn", "bad"] as const).map((fore) => [fore, back, 4.5] as const),
  ),
  ["on-accent", "accent", 4.5],
  ...GROUNDS.map((back) => ["edge", back, 3] as const),
  ...(["hit", "stale", "miss", "bypass", "error", "origin"] as const).map(
    (fore) => [fore, "surface", 3] as const,
  ),
];

/** Relative luminance contrast, by WCAG's formula: 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Both palettes as custom properties. The browser chooses by the reader's setting. */
export function variables(): string {
  return `:root{${listed(LIGHT)}}@media (prefers-color-scheme:dark){:root{${listed(DARK)}}}`;
}

function listed(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";");
}
