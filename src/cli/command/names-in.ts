/** The names that a flag lists, as in `a, b`; undefined without the flag. */
export function namesIn(flag: string | undefined): readonly string[] | undefined {
  const names = flag?.split(",").map((name) => name.trim());
  return names?.filter((name) => name !== "");
}
