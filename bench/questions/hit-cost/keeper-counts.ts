/** The keeper's own counts so far, which no other isolate needs to report. */
export interface KeeperCounts {
  readonly syncs: number;
  readonly fills: number;
}

export async function keeperCounts(gateway: string, adminSecret: string): Promise<KeeperCounts> {
  const response = await fetch(`${gateway}/_tidemark/stats`, {
    headers: { authorization: `Bearer ${adminSecret}` },
  });
  if (!response.ok) throw new Error(`the gateway's statistics: status ${response.status}`);
  const { syncs, fills } = (await response.json()) as KeeperCounts;
  return { syncs, fills };
}
