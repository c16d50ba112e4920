import { askAdmin } from "../../../testing/gateway/stack.ts";
import { until } from "../../../testing/patience.ts";
import type { Figures } from "../judge/figures.ts";
import { ISOLATES, type ProcessStack } from "../processes/process-stack.ts";
import type { Carrier } from "../traffic/carrier.ts";
import { readOnce } from "../traffic/readers.ts";

const QUIET = {
  target: "/rest/v1/quiet?select=id,version&id=eq.1",
  table: "quiet",
  needs: () => [],
  shows: () => null,
};

/** Changes a row that has no other writer, and loses the webhook. */
export async function loseOne(stack: ProcessStack, carrier: Carrier): Promise<void> {
  carrier.deaf.add(QUIET.table);
  for (const isolate of ISOLATES) await readOnce(stack, QUIET, 1_000, isolate);
  await stack.sql`update quiet set version = version + 1`;
}

/** The audit waits ten seconds for the webhook, then reports it. */
export async function auditFinds(stack: ProcessStack, figures: Figures): Promise<void> {
  const cause = await until("the audit has found what a lost webhook left behind", async () => {
    await readOnce(stack, QUIET, 1_000, "one");
    const { json } = await askAdmin(stack.gateway.url, "stats");
    const findings: { path: string; cause: string }[] = json.findings;
    return findings.find(({ path }) => path.includes("/quiet?"))?.cause;
  });
  figures.fault(`found by the audit (${cause})`);
}
