import { count, dayAndTime } from "../figures/format.ts";
import { Figure, Figures, Meter } from "../parts/figures.tsx";

type KvBudget = { readonly spent: number; readonly perDay: number; readonly resetsAt: string };

export function Budget({ budget, owed }: { readonly budget: KvBudget | undefined; readonly owed: number }) {
  if (budget === undefined) return <p class="muted">This keeper does not tell its budget.</p>;
  const { spent, perDay, resetsAt } = budget;
  const text = `${count(spent)} of ${count(perDay)}`;
  return (
    <>
      <Figures label="KV budget">
        <Figure label="Spent" value={text} note={`starts again ${dayAndTime(resetsAt)}`} />
        <Figure label="Waiting" value={count(owed)} note="bodies owed to KV" />
      </Figures>
      <Meter label="KV writes spent today" value={spent} max={perDay} text={text} />
    </>
  );
}
