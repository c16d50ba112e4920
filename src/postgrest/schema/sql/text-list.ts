/** `array['a', 'b']`. The texts must not hold quotes. */
export function textList(names: readonly string[]): string {
  return `array[${names.map((name) => `'${name}'`).join(", ")}]`;
}
