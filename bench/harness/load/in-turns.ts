/**
 * Measures each case in turn, round after round, so that compared ones are seconds apart; every second round backwards, so that
 * a machine that slows down favours none.
 *
 * @returns what each round measured, by case
 */
export async function inTurns<Name extends string, Result>(
  names: readonly Name[],
  rounds: number,
  slice: (name: Name) => Promise<Result>,
  progress: (text: string) => void,
): Promise<Readonly<Record<Name, Result>>[]> {
  const measured: Record<Name, Result>[] = [];
  for (let index = 0; index < rounds; index++) {
    progress(`round ${index + 1} of ${rounds}`);
    const results = new Map<Name, Result>();
    for (const name of index % 2 === 0 ? names : names.toReversed()) results.set(name, await slice(name));
    // In the order of the tables.
    measured.push(Object.fromEntries(names.map((name) => [name, results.get(name)])) as Record<Name, Result>);
  }
  return measured;
}
