/** `array['a', 'b']`, of names that hold no quote. */
export function textList(names: readonly string[]): string {
  return `array[${names.map((name) => `'${name}'`).join(", ")}]`;
}
