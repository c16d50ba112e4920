import * as v from "valibot";
import type { Paint } from "../print/paint.ts";
import { durationOf } from "../print/quantities.ts";
import { printable } from "../print/table.ts";

const bypassShape = v.object({
  kind: v.literal("bypass"),
  query: v.string(),
  reason: v.string(),
  because: v.string(),
  shared: v.optional(v.string()),
});

const readShape = v.object({
  kind: v.literal("read"),
  query: v.string(),
  key: v.string(),
  table: v.object({
    relation: v.string(),
    freshnessMs: v.number(),
    ttlMs: v.number(),
    staleWhileRevalidateMs: v.optional(v.number(), 0),
    staleIfErrorMs: v.number(),
  }),
  relations: v.array(v.string()),
  caveats: v.array(v.object({ kind: v.string(), culprit: v.string() })),
  registered: v.boolean(),
  windowKnown: v.boolean(),
  schemaKnown: v.boolean(),
  byAgeForMs: v.number(),
  shared: v.optional(v.string()),
  verdict: v.optional(v.object({ because: v.string() })),
});

/** What the command shows of `POST /_tidemark/explain`. */
export const explainShape = v.variant("kind", [bypassShape, readShape]);

export type ShownExplanation = v.InferOutput<typeof explainShape>;

/** Whether a query is cached, as what, what it depends on, and what a change would do. */
export function explainLines(explained: ShownExplanation, paint: Paint): readonly string[] {
  const facts = explained.kind === "bypass" ? bypassFacts(explained) : readFacts(explained);
  const [, text = ""] = facts[0] ?? [];
  const width = Math.max(...facts.map(([name]) => name.length));
  const verdict = paint(explained.kind === "bypass" ? "yellow" : "green", printable(text));
  return [
    paint("bold", printable(explained.query)),
    `  ${"cached".padEnd(width)}  ${verdict}`,
    ...facts.slice(1).map(([name, text]) => `  ${name.padEnd(width)}  ${printable(text)}`),
  ];
}

type FactsInWords = readonly (readonly [name: string, text: string])[];

function bypassFacts({ reason, because, shared }: v.InferOutput<typeof bypassShape>): FactsInWords {
  return [
    ["cached", `no: ${because} (${reason})`],
    ...(shared === undefined ? [] : [["shared", shared] as const]),
  ];
}

function readFacts(explained: v.InferOutput<typeof readShape>): FactsInWords {
  const { table, relations, caveats, verdict, shared, key } = explained;
  const more = (ms: number, when: string) => (ms === 0 ? "" : `, ${durationOf(ms)} more ${when}`);
  const revalidated = more(table.staleWhileRevalidateMs, "while it is checked behind");
  const failed = more(table.staleIfErrorMs, "if the database fails");
  return [
    ["cached", `yes, as ${table.relation}`],
    [
      "freshness",
      `${durationOf(table.freshnessMs)}, for ${durationOf(table.ttlMs)} at most${revalidated}${failed}`,
    ],
    ["depends on", relations.join(", ")],
    ...caveats.map(({ kind, culprit }) => ["by age only", `${culprit} (${kind})`] as const),
    ...(shared === undefined ? [] : [["shared", shared] as const]),
    ["known", knownOf(explained)],
    ...(verdict === undefined ? [] : [["the change", verdict.because] as const]),
    ["key", key],
  ];
}

function knownOf({
  registered,
  windowKnown,
  schemaKnown,
  byAgeForMs,
}: v.InferOutput<typeof readShape>): string {
  const parts = [
    registered ? "registered" : "not asked for yet",
    ...(registered && !windowKnown ? ["what its answer shows is not known"] : []),
    ...(schemaKnown ? [] : ["the schema is not known, so only filters are judged"]),
    ...(byAgeForMs > 0 ? [`after a change of the schema, by age for ${durationOf(byAgeForMs)} more`] : []),
  ];
  return parts.join("; ");
}
