import { expect, test } from "vitest";
import { PATIENT_TIMEOUTS } from "../../../testing/gateway/tidemark.config.ts";
import { parseOpenMetrics } from "../../../testing/open-metrics.ts";
import { until } from "../../../testing/patience.ts";
import { type Folder, runToEnd } from "../testing/command.ts";
import {
  ADMIN_SECRET,
  developing,
  gatewayFolder,
  pullingSettings,
  settingsOf,
  workerExporting,
} from "./testing/developing.ts";

const project = developing();

/** One of two: how fast this machine is decides how many calls a mirror answers by one of its own. */
const DOES_WELL =
  /^mirrors (?:answer \d+ % of [\d.]+ calls a second without the keeper, in one region|in one region have asked the keeper \d+ times? to answer \d+ calls?: so few isolates save it nothing)$/m;

/** Reads ask a mirror twice in each bound: a short one, so that a test need not wait. */
const configWith = (more: object) => {
  const tables = { articles: { freshness: "200ms" } };
  return `export default ${JSON.stringify({ tables, timeouts: PATIENT_TIMEOUTS, ...more })};\n`;
};

const folderOf = (files: { readonly worker: string; readonly config: string }): Folder =>
  gatewayFolder({ ...files, settings: { ...settingsOf(project.supabase), ...pullingSettings() } });

async function develop(folder: Folder) {
  const { gateway, ...running } = await project.start(folder);
  const { publishableKey } = project.supabase;
  const get = (target: string) =>
    fetch(`${gateway}${target}`, {
      headers: { apikey: publishableKey, authorization: `Bearer ${ADMIN_SECRET}` },
    });
  const read = () => fetch(`${gateway}/rest/v1/articles?select=id`, { headers: { apikey: publishableKey } });
  const stats = async () => (await runToEnd(["stats", "--gateway", gateway], folder.path)).stdout;
  return { ...running, get, read, stats };
}

test("M6. mirrors of the configuration are bound, answer reads, and are told of by stats and metrics", async () => {
  const mirrors = { mirrors: { perRegion: 1 }, keeper: { locationHint: "weur", schemaReload: "0s" } };
  using folder = folderOf({
    worker: workerExporting("Keeper, Origin, Mirror"),
    config: configWith(mirrors),
  });
  const { stdout, read, stats, get, says } = await develop(folder);
  expect(stdout()).toMatch(/^ +Mirrors +1 in each region\. Readers here count as those of Oceania$/m);
  await until("a mirror has reported", async () => {
    await read();
    return /^oc +1 +[1-9]/m.test(await stats());
  });
  expect(await stats()).toMatch(DOES_WELL);
  const metrics = parseOpenMetrics(await (await get("/_tidemark/metrics")).text());
  expect(metrics.get("tidemark_mirrors")?.samples).toMatchObject([{ value: 1 }]);
  const calls = metrics.get("tidemark_mirror_calls")?.samples ?? [];
  expect(calls.map(({ labels }) => [...labels.values()].join(" "))).toEqual([
    ...["oc answered", "oc failed", "oc left-alone"],
  ]);
  expect(calls[0]?.value).toBeGreaterThan(0);

  folder.write("tidemark.config.ts", configWith({ keeper: mirrors.keeper }));
  await says(/^Reloaded\.$/m);
  await until("there are none", async () => {
    const config = await get("/_tidemark/config").then(
      (answer) => answer.json() as Promise<{ mirrors: unknown; issues: unknown[] }>,
      () => undefined,
    );
    return config?.mirrors === null && config.issues.length === 0;
  });
});

test("M6. where the Worker exports no Mirror it says so, works, and binds them once it does", async () => {
  const mirrors = { mirrors: { perRegion: 1 }, keeper: { locationHint: "oc", schemaReload: "0s" } };
  using folder = folderOf({ worker: workerExporting("Keeper, Origin"), config: configWith(mirrors) });
  const { stderr, stdout, read, stats, says } = await develop(folder);
  expect(stderr()).toMatch(/^mirrors are configured, but the Worker does not export Mirror/m);
  expect(stdout()).toMatch(/count as those of western Europe$/m);
  expect((await read()).status).toBe(200);
  expect(await stats()).toMatch(
    /^mirrors are configured, but MIRROR is not bound: the keeper answers every call\n {2}Add .*MIRROR/m,
  );
  folder.write("worker.ts", workerExporting("Keeper, Origin, Mirror"));
  await says(/^Reloaded\.$/m);
  await until("a mirror has reported", async () => {
    // A connection of before may be cut.
    await read().catch(() => {});
    return /^weur +1 +[1-9]/m.test(await stats());
  });
});
