import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import type { ResolvedConfig } from "../../gateway/config/config.ts";
import type { Check } from "../check/check.ts";
import { readerHeaders } from "../command/ask-table.ts";
import { byAgeForMsIn } from "../command/by-age.ts";
import { DEADLINE_MS, isTimeout } from "../command/deadline.ts";
import { configuredName } from "../command/project.ts";
import { byAgeInWords } from "../print/by-age.ts";
import type { Paint } from "../print/paint.ts";
import { durationOf } from "../print/quantities.ts";
import { shellWord } from "../print/shell.ts";
import { printable } from "../print/table.ts";
import { mirroredReaders } from "./mirrored-readers.ts";

const healthShape = v.object({
  keeper: v.string(),
  schema: v.string(),
  changes: v.string(),
  failures: v.array(v.object({ what: v.string(), code: v.string() })),
});

/** How a gateway learns of changes: the words of `GET /_tidemark/health`. */
export type HowChangesCome = v.InferOutput<typeof healthShape>;

/**
 * Health, once the keeper has asked the database for the first time. Undefined: it has not within half a minute, which a database
 * may take to describe itself for the first time, or the Worker does not answer at all.
 */
export async function changesWhenKnown(gateway: string): Promise<HowChangesCome | undefined> {
  const began = performance.now();
  while (performance.now() - began < DEADLINE_MS) {
    let answer: unknown;
    try {
      const signal = AbortSignal.timeout(DEADLINE_MS);
      answer = await (await fetch(`${gateway}/_tidemark/health`, { signal })).json();
    } catch (error) {
      // It would not answer the next time either.
      if (isTimeout(error)) return undefined;
    }
    const health = v.safeParse(healthShape, answer);
    if (health.success && health.output.keeper === "ok" && health.output.schema !== "missing")
      return health.output;
    await sleep(250);
  }
  return undefined;
}

/** For how many milliseconds more answers count by their age only. 0, too, where there is no secret to ask with. */
export async function byAgeForMs(gateway: string, secret: unknown): Promise<number> {
  if (typeof secret !== "string" || secret.trim() === "") return 0;
  const headers = { authorization: `Bearer ${secret.trim()}` };
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const stats: unknown = await fetch(`${gateway}/_tidemark/stats`, { headers, signal })
    .then((response) => response.json())
    .catch(() => undefined);
  return byAgeForMsIn(stats);
}

interface Started {
  /** Undefined: the folder has no configuration of its own. */
  readonly config: ResolvedConfig | undefined;
  readonly env: Readonly<Record<string, unknown>>;
  readonly changes: HowChangesCome | undefined;
  /** Why changes are not pulled, if the database says so. */
  readonly obstacle: Check | undefined;
  /** What is odd about the database's answers. */
  readonly odd: readonly string[];
  /** For how many milliseconds more answers count by their age only. */
  readonly byAgeForMs: number;
}

/** Where the gateway is, what it caches, how it learns of changes, and a line to try. */
export function welcomeLines(gateway: string, started: Started, paint: Paint): readonly string[] {
  const { config, env, odd } = started;
  const line = (name: string, text: string) => `  ${paint("bold", name.padEnd(9))} ${text}`;
  const warn = (text: string) => line("", paint("yellow", text));
  const changes = changesIn(started);
  return [
    "",
    line("Gateway", gateway),
    line(
      "Page",
      `${gateway}/_tidemark/${env.TIDEMARK_ADMIN_SECRET ? "  (it asks for TIDEMARK_ADMIN_SECRET)" : ""}`,
    ),
    ...(env.TIDEMARK_ADMIN_SECRET
      ? []
      : [warn("It and the admin endpoints refuse everybody: put TIDEMARK_ADMIN_SECRET into .dev.vars")]),
    line("Database", String(env.SUPABASE_URL ?? "")),
    ...tablesOf(config).map((text, at) => line(at === 0 ? "Tables" : "", text)),
    ...(config?.tables.size === 0
      ? [
          line(
            "Tables",
            paint("yellow", "none: name those to cache in tidemark.config.ts (docs/configuration.md)"),
          ),
        ]
      : []),
    ...odd.map(warn),
    line("Changes", changes.isWell ? changes.text : paint("yellow", changes.text)),
    ...(started.obstacle?.fix === undefined ? [] : [warn(started.obstacle.fix)]),
    ...(started.byAgeForMs > 0 ? [line("", byAgeInWords(started.byAgeForMs))] : []),
    ...mirrorsOf(config).map((text) => line("Mirrors", text)),
    ...(config === undefined || config.mode === "on" ? [] : [line("Mode", paint("yellow", config.mode))]),
    "",
    ...trial(gateway, started, paint),
  ];
}

/** Tables with an equal bound on one line. */
function tablesOf(config: ResolvedConfig | undefined): readonly string[] {
  if (config === undefined) return [];
  const byBound = Map.groupBy(config.tables.values(), ({ freshnessMs }) => freshnessMs);
  return [...byBound].map(([bound, tables]) => {
    const names = tables.map(({ relation }) => printable(configuredName(relation, config.defaultSchema)));
    return `${names.join(", ")} (${durationOf(bound)})`;
  });
}

function mirrorsOf(config: ResolvedConfig | undefined): readonly string[] {
  const readers = mirroredReaders(config);
  if (config?.mirrors == null || readers === null) return [];
  return [`${config.mirrors.perRegion} in each region. Readers here count as those of ${readers.named}`];
}

function changesIn({ changes, env, obstacle }: Started): { readonly text: string; readonly isWell: boolean } {
  const failure = changes?.failures.map(({ what, code }) => `${what} ${code}`).join(", ");
  if (changes?.changes === "pulled") {
    return { text: "pulled from the database: freshness counts from the commit", isWell: true };
  }
  if (changes?.changes === "webhooks" && !env.TIDEMARK_CAPTURE_SECRET) {
    const text =
      "not captured: without webhooks, an answer may be as old as its ttl. npx tidemark sql prints what captures them";
    return { text, isWell: false };
  }
  if (obstacle !== undefined) return { text: `not pulled: ${obstacle.message}`, isWell: false };
  const why =
    changes === undefined
      ? "the keeper has not answered"
      : `schema ${changes.schema}${failure ? `, ${failure}` : ""}`;
  return { text: `not pulled yet (${why}): npx tidemark doctor says why`, isWell: false };
}

function trial(gateway: string, { config, env, obstacle }: Started, paint: Paint): readonly string[] {
  const [table] = config?.tables.values() ?? [];
  if (config === undefined || table === undefined) return [];
  const dot = table.relation.indexOf(".");
  const [schema, name] = [table.relation.slice(0, dot), table.relation.slice(dot + 1)];
  const headers = {
    ...readerHeaders(config.keys),
    ...(schema !== config.defaultSchema && { "accept-profile": schema }),
  };
  const url = `${gateway}/rest/v1/${encodeURIComponent(name)}?select=*&limit=3`;
  const flags = Object.entries(headers).map(([header, value]) => `-H ${shellWord(`${header}: ${value}`)}`);
  const curl = ["curl -i", shellWord(url), ...flags].join(" ");
  return [
    paint(
      "dim",
      obstacle === undefined
        ? "# Read through the cache; run it again, and it is a hit"
        : "# Read through the gateway: nothing is cached until changes are pulled",
    ),
    curl,
    "",
    ...(env.TIDEMARK_ADMIN_SECRET
      ? [paint("dim", "# See what the cache has done so far"), `npx tidemark stats --gateway ${gateway}`, ""]
      : []),
  ];
}
