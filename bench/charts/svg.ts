import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Machine } from "../harness/machine.ts";
import { COLOURS, DARK_STYLE } from "./palette.ts";

/** One set of axes, or one column of a table. */
export type Panel = Extract<TopLevelSpec, { concat: unknown }>["concat"][number];

interface Drawing {
  readonly title: string;
  readonly subtitle: readonly string[];
  readonly panels: readonly Panel[];
  readonly columns: number;
  readonly spacing: number | { readonly row: number; readonly column: number };
}

const WIDTH = 800;
const MARGIN = 12;

/** The width that panels share, gaps included. */
export const INNER_WIDTH = WIDTH - 2 * MARGIN;

/** The same drawing gives the same bytes, always and everywhere. */
export async function svgOf({ title, subtitle, panels, columns, spacing }: Drawing): Promise<string> {
  const spec: TopLevelSpec = {
    background: COLOURS.paper,
    padding: MARGIN,
    // Without a browser Vega only guesses the width of texts, so panels are placed only by their own sizes.
    bounds: "flush",
    title: { text: title, subtitle: [...subtitle], fontSize: 17, offset: 16 },
    concat: [...panels],
    columns,
    spacing: typeof spacing === "number" ? spacing : { ...spacing },
    config: CONFIG,
  };
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  return `${framed(plain(await view.toSVG()), title)}\n`;
}

/** When and on which machine the figures were taken. */
export function takenOn(machine: Machine, at?: string): string {
  const { cpu, cores, memoryGiB, node, workerd } = machine;
  const day = at === undefined ? "" : `${at.slice(0, 10)}, `;
  return `${day}${cpu}, ${cores} cores, ${memoryGiB} GiB; Node ${node}, workerd ${workerd}`;
}

const FONTS = "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif";

const CONFIG: NonNullable<TopLevelSpec["config"]> = {
  // The image's alternative text is the README's; labels of each mark would triple the file.
  aria: false,
  view: { stroke: null },
  text: { fontSize: 11, color: COLOURS.ink, baseline: "middle" },
  title: {
    anchor: "start",
    frame: "group",
    fontSize: 13,
    color: COLOURS.ink,
    subtitleFontSize: 11.5,
    subtitleColor: COLOURS.faint,
    subtitlePadding: 5,
    subtitleLineHeight: 15,
  },
  axis: {
    domain: false,
    ticks: false,
    gridColor: COLOURS.line,
    labelColor: COLOURS.faint,
    labelFontSize: 11,
    labelPadding: 5,
    titleColor: COLOURS.faint,
    titleFontSize: 11,
    titleFontWeight: "normal",
    labelOverlap: false,
    labelFlush: false,
  },
};

/** In place of Vega's own frame, which leaves room for the widths that it guesses. */
function framed(svg: string, title: string): string {
  const [frame = "", height = ""] = /<svg [^>]* height="(\d+)"[^>]*>/.exec(svg) ?? [];
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`;
  const start = `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${size}><title>${title}</title>`;
  return svg.replace(frame, `${start}<style>text{font-family:${FONTS}}${DARK_STYLE}</style>`);
}

/**
 * Removes the roles that Vega gives its groups, as the whole is one image, and rounds to hundredths of a pixel, because
 * a logarithm's last digits depend on the engine.
 */
function plain(svg: string): string {
  const short = (number: string) => String(Number(Number(number).toFixed(2)));
  return svg.replaceAll(/<[^>]+>/g, (tag) =>
    tag.replaceAll(/ (role|aria-\w+)="[^"]*"/g, "").replaceAll(/\d+\.\d{3,}/g, short),
  );
}
