/** The known word that was probably meant; undefined when none is near. Two letters, or a third of them, may differ; of three, one. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined &&
    best.distance <= Math.max(best.candidate.length <= 3 ? 1 : 2, best.candidate.length / 3)
    ? best.candidate
    : undefined;
}

/** The Levenshtein distance: letters to insert, drop or replace. */
function distance(from: string, to: string): number {
  // The work is the product of the lengths, and no field is mistyped by that much.
  if (from.length > 64) return from.length;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
