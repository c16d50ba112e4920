import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startGateway } from "../../../demo/workerd.ts";
import { Child } from "../../harness/load/child.ts";
import { quantile } from "../../harness/quantile.ts";
import type { Verdict } from "../../harness/verdicts.ts";
import type { CrowdOrder, CrowdResult } from "./crowd.ts";
import { type Curve, text } from "./curve.ts";
import type { SlowOriginAnswer, SlowOriginOrder } from "./slow-origin.ts";

const ISOLATES = ["a", "b", "c", "d"];
/** Workers that only wait as long as the origin takes: their times show what a crowd costs on this machine. */
const WAITING = ISOLATES.map((name) => `waiting-${name}`);
/** The issue's target for the waiters' p99, in units of a single cold request's time. */
const MOST_P99 = 1.3;
const SINGLES = 9;

/** workerd takes two for a connection, and some for itself. */
const FILES_A_HEAD = 2;
const OTHER_FILES = 1_000;

/** A crowd at a cold key: in workerd, over real HTTP, through several isolates to one keeper. */
export async function stampedeCurve(crowds: readonly number[], originMs: number): Promise<Curve> {
  const origin = new Child<SlowOriginOrder, SlowOriginAnswer>(new URL("slow-origin.ts", import.meta.url));
  const crowd = new Child<CrowdOrder, CrowdResult>(new URL("crowd.ts", import.meta.url));
  const { port } = await origin.ask({ delay: originMs, path: "" });
  const gateway = await startGateway({
    entry: moduleOf("../hit-cost/workers/gateway.ts"),
    isolates: ISOLATES,
    peers: Object.fromEntries(WAITING.map((name) => [name, moduleOf("workers/waiting.ts")])),
    env: {
      SUPABASE_URL: `http://127.0.0.1:${port}`,
      SUPABASE_PUBLISHABLE_KEY: "sb_publishable_bench",
      TIDEMARK_ADMIN_SECRET: "the bench's secret",
      TIDEMARK_WEBHOOK_SECRET: "the bench's secret",
      ORIGIN_MS: String(originMs),
    },
    onLog: () => {},
  });
  let key = 0;
  const portsOf = (names: readonly string[]) =>
    names.map((name) => Number(new URL(gateway.urlOf(name)).port));
  const [gateways, waiting] = [portsOf(ISOLATES), portsOf(WAITING)];
  const ask = async (heads: number) => {
    const path = `/rest/v1/articles?select=id&id=eq.${++key}`;
    const result = await crowd.ask({ ports: gateways, path, heads });
    const { requests } = await origin.ask({ delay: originMs, path });
    return { ...result, requests };
  };
  try {
    await ask(ISOLATES.length); // From here on the isolates have a fence.
    const singles: number[] = [];
    for (let n = 0; n < SINGLES; n++) singles.push(...(await ask(1)).latenciesMs);
    const single = quantile(singles, 0.5);
    const rows: number[][] = [];
    const failures: string[] = [];
    for (const wanted of crowds) {
      const heads = Math.min(wanted, mostHeads());
      const least = quantile((await crowd.ask({ ports: waiting, path: "/", heads })).latenciesMs, 0.99);
      const result = await ask(heads);
      failures.push(...result.failures);
      const { latenciesMs, requests } = result;
      const p99 = quantile(latenciesMs, 0.99);
      const p50 = quantile(latenciesMs, 0.5);
      rows.push([heads, requests, p50, p99, p99 / single, least, p99 / least, result.failures.length]);
    }
    return curveOf(rows, single, originMs, failures);
  } finally {
    await gateway.stop();
    await origin.stop();
    await crowd.stop();
  }
}

function curveOf(
  rows: readonly (readonly number[])[],
  single: number,
  originMs: number,
  failures: readonly string[],
): Curve {
  const kinds = [...new Set(failures)].join(", ");
  const bent = rows.find((row) => (row[4] ?? 0) > MOST_P99);
  const last = rows.at(-1);
  const [heads = 1, , , p99 = 0, , least = 0] = last ?? [];
  const [perRequest, perWait] = [(p99 - single) / heads, (least - originMs) / heads];
  const mostOfLimit = Math.max(...rows.map((row) => row[6] ?? 0));
  const within = rows.filter((row) => (row[4] ?? 0) <= MOST_P99).at(-1)?.[0] ?? 0;
  const targets: readonly Verdict[] = [
    {
      what: "Origin requests of a crowd at one cold key, at most",
      figure: String(Math.max(...rows.map((row) => row[1] ?? 0))),
      target: "1",
      met: rows.every((row) => row[1] === 1),
    },
    {
      what: `p99 of the waiters ÷ a single cold request (${text(single)} ms), at most`,
      figure: `${text(Math.max(...rows.map((row) => row[4] ?? 0)))} (within it up to ${text(within)} at once)`,
      target: `≤ ${MOST_P99}`,
      met: bent === undefined,
    },
    {
      what: "The same ÷ the p99 of as many at Workers that only wait, at most (ours, not the issue's)",
      figure: text(mostOfLimit),
      target: `≤ ${MOST_P99}`,
      met: mostOfLimit <= MOST_P99,
    },
  ];
  const failed = failures.length === 0 ? "" : ` ${failures.length} requests failed (${kinds}).`;
  return {
    title: "A crowd at a cold key",
    how: `So many requests at the same moment for a key that nobody has asked for, each on a connection of its own, through ${ISOLATES.length} isolates in one workerd; the origin takes ${originMs} ms. A single cold request takes ${text(single)} ms (median of ${SINGLES}). The crowd is another process on the same cores; before each crowd one of the same size asks Workers that do nothing but wait ${originMs} ms.`,
    head: [
      "at once",
      "origin requests",
      "p50, ms",
      "p99, ms",
      "p99 ÷ single",
      "p99 of Workers that only wait, ms",
      "p99 ÷ theirs",
      "failed",
    ],
    rows,
    bend:
      bent === undefined
        ? `It does not bend: those who wait in an isolate wait for its one call, and the keeper has one flight.${failed}`
        : `It bends at ${text(bent[0] ?? 0)}: by then the machine is busy taking requests in and giving answers out, about ${text(perRequest)} ms each, crowd included, of which Workers that only wait take ${text(perWait)}; the origin has long answered, once. At Cloudflare a crowd meets many machines; here it meets this one.${failed}`,
    targets,
  };
}

/** More connections would run out of file descriptors, which says nothing about a gateway. */
function mostHeads(): number {
  if (process.platform !== "linux") return Number.POSITIVE_INFINITY;
  const limit = /Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  return Math.floor((Number(limit ?? Number.POSITIVE_INFINITY) - OTHER_FILES) / FILES_A_HEAD);
}

function moduleOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
