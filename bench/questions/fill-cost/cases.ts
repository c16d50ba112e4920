/** What is measured, each beside the one before it: the difference is what the step costs. */
export const STEPS = [
  ["straight", "one request to the origin"],
  ["through-object", "… asked by a Durable Object"],
  ["through-entrypoint", "… through its entrypoint, checked and hashed"],
  ["with-kv", "… after a look into KV"],
  ["gateway", "**a fill**"],
] as const;

/** The fill of another checkout, in a workerd of its own. */
export const BEFORE = "before";

export type CaseName = (typeof STEPS)[number][0] | typeof BEFORE;
