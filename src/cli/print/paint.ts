export type Colour = "plain" | "green" | "yellow" | "red" | "dim" | "bold";
export type Paint = (colour: Colour, text: string) => string;

const CODES: Readonly<Record<Exclude<Colour, "plain">, number>> = {
  green: 32,
  yellow: 33,
  red: 31,
  dim: 2,
  bold: 1,
};

/** Colours for a terminal; plain text for a file, a pipe, or when NO_COLOR is set (no-color.org). */
export function paintFor(stream: { readonly isTTY?: boolean }): Paint {
  if (!stream.isTTY || process.env.NO_COLOR) return (_colour, text) => text;
  return (colour, text) => (colour === "plain" ? text : `\x1b[${CODES[colour]}m${text}\x1b[0m`);
}
