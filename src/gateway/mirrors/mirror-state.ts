import type { MirrorRegionStats } from "../../keeper/protocol/detailed-statistics.ts";

/** What `GET config` tells of a gateway, as far as mirrors go. */
export interface DeployedMirrors {
  readonly tables: Readonly<Record<string, { readonly freshnessMs: number }>>;
  /** Null: there are none. One before mirrors tells nothing of them. */
  readonly mirrors?: { readonly perRegion: number } | null;
  /** What is wrong in the environment. Earlier ones leave it out. */
  readonly issues?: readonly { readonly path: string; readonly fix?: string }[];
}

/** The calls of one region, as `GET stats` counts them. */
type RegionCalls = Pick<MirrorRegionStats, "mirrors" | "answered" | "failed" | "leftAlone" | "keeperCalls">;

/** What `GET stats` tells, as far as mirrors go. */
export interface SeenMirrors {
  /** How many have reported in the last five minutes. Earlier gateways do not count them. */
  readonly isolates?: number | undefined;
  /** By region. Earlier gateways do not count by them. */
  readonly mirrors?: Readonly<Record<string, RegionCalls>> | undefined;
  /** Reads that were answered from the cache, or filled it: each asks a mirror or the keeper. Undefined: it is not known. */
  readonly reads?: number | undefined;
  /** For how many milliseconds the calls were counted. */
  readonly elapsedMs: number;
}

/** How mirrors do, or whether some are needed, in words for whoever looks after the gateway. */
export interface MirrorState {
  readonly state: "well" | "look";
  readonly says: string;
  /** What to do, if it is to be looked at. */
  readonly fix?: string;
}

/** About what one Durable Object takes, and what a mirror should be asked at most, in calls a second: docs/scaling.md. */
const KEEPER_TAKES = 1_000;
const MIRROR_TAKES = 600;

/** Cloudflare's regions. */
const REGIONS = 9;

/** Half of what the keeper takes: a busy hour may bring twice the isolates of now. */
const WORTH_SAYING = KEEPER_TAKES / 2;

/** A share of calls that mirrors do not answer which is more than a deployment brings, and a number which is more than a start does. */
const FAILING = { share: 0.05, calls: 20 };

/**
 * Whether mirrors do what they are for, would pay, or are too few: by busy isolates × 2 ÷ the shortest `freshness` against what
 * one object takes, and by the calls that they have answered. `tidemark doctor`, `stats` and the page say the same.
 */
export function mirrorState(deployed: DeployedMirrors, seen: SeenMirrors): MirrorState {
  const { mirrors = null, issues = [] } = deployed;
  const unbound = issues.find(({ path }) => path === "MIRROR");
  if (unbound) {
    const says = "mirrors are configured, but MIRROR is not bound: the keeper answers every call";
    return { state: "look", says, fix: unbound.fix ?? "Bind it: docs/mirrors.md" };
  }
  const { isolates } = seen;
  const calls = isolates === undefined ? 0 : callsOf(isolates, deployed);
  const busy =
    isolates === 1 ? "1 busy isolate asks" : `${isolates ?? "an unknown number of"} busy isolates ask`;
  const asked = `${busy} up to ${counted(calls, "time")} a second`;
  if (mirrors === null) {
    if (calls < WORTH_SAYING) return { state: "well", says: `${asked}: no mirrors are needed` };
    return {
      ...{ state: "look", says: `${asked}; one keeper takes about ${KEEPER_TAKES}` },
      fix: "Mirrors ask it for all isolates of a region, or a longer freshness: docs/mirrors.md",
    };
  }
  const takes = mirrors.perRegion * MIRROR_TAKES * REGIONS;
  if (calls > takes) {
    const perRegion = Math.ceil(calls / MIRROR_TAKES / REGIONS);
    const says = `${asked}: more than the mirrors take`;
    return { state: "look", says, fix: `mirrors: { perRegion: ${perRegion} } or more` };
  }
  if (seen.mirrors === undefined) {
    const each = mirrors.perRegion * MIRROR_TAKES;
    // Where the isolates are, the keeper does not know.
    const says = `${asked}, and the mirrors take ${takes}: ${each} in each of nine regions`;
    return { state: "well", says };
  }
  return stateOf(Object.values(seen.mirrors), seen);
}

/** How mirrors that are deployed, and not too few, have done. */
function stateOf(regions: readonly RegionCalls[], { isolates, reads, elapsedMs }: SeenMirrors): MirrorState {
  const sum = (of: keyof RegionCalls) => regions.reduce((all, region) => all + region[of], 0);
  const [answered, keeperCalls] = [sum("answered"), sum("keeperCalls")];
  const [failed, leftAlone] = [sum("failed"), sum("leftAlone")];
  const calls = answered + failed + leftAlone;
  const pace = `${rateIn(calls, elapsedMs)} calls a second`;
  const past = failed + leftAlone;
  if (past >= FAILING.calls && past / calls > FAILING.share) {
    return {
      state: "look",
      says: `mirrors do not answer ${percentIn(past, calls)} of ${pace}: ${failed} failed, ${leftAlone} went past them after that`,
      fix: "The keeper answers these, some of them later. See mirror-unreachable in the Worker's logs: wrangler tail",
    };
  }
  const there = regions.filter(({ mirrors }) => mirrors > 0).length;
  if (there === 0) {
    if (isolates === 0) return { state: "well", says: "nobody reads, so mirrors are not asked" };
    if (calls === 0 && reads === 0) {
      return { state: "well", says: "nobody has read anything yet, so mirrors are not asked" };
    }
    if (answered === 0 && calls > 0) {
      const says = `no mirror has answered yet: ${counted(failed, "call")} failed, ${leftAlone} went past them after that, as it may be after a start`;
      return { state: "well", says };
    }
    return {
      state: "look",
      says: "no mirror has been asked in the last five minutes: isolates ask the keeper itself",
      fix: "The keeper's own region needs none, and a Worker that is called without request.cf finds none: docs/mirrors.md",
    };
  }
  const where = there === 1 ? "one region" : `${there} regions`;
  if (answered <= keeperCalls) {
    const says = `mirrors in ${where} have asked the keeper ${counted(keeperCalls, "time")} to answer ${counted(answered, "call")}: so few isolates save it nothing`;
    return { state: "well", says };
  }
  return {
    state: "well",
    says: `mirrors answer ${percentIn(answered - keeperCalls, calls)} of ${pace} without the keeper, in ${where}`,
  };
}

/** How many reads waited near a mirror, and how many of them were hits. Each read is in one of the classes. */
export function readsNear(waitsBy: Readonly<Record<string, readonly { readonly count: number }[]>>): {
  readonly reads: number;
  readonly hits: number;
} {
  const counted = (waits: (typeof waitsBy)[string] = []) => waits.reduce((sum, { count }) => sum + count, 0);
  return {
    reads: Object.values(waitsBy).reduce((sum, waits) => sum + counted(waits), 0),
    hits: counted(waitsBy.hit) + counted(waitsBy.stale),
  };
}

/** How often isolates ask in a second, at most. Where every table is read strictly, no mirror could answer. */
function callsOf(isolates: number, { tables }: DeployedMirrors): number {
  const bounds = Object.values(tables).map(({ freshnessMs }) => freshnessMs);
  const shortestMs = Math.min(...bounds.filter((boundMs) => boundMs > 0));
  return Math.ceil((isolates * 2_000) / shortestMs);
}

/** `1 call`, `2 calls` */
function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

/** Never `100 %` of what is less than all. */
function percentIn(part: number, whole: number): string {
  return `${Math.floor((part * 100) / whole)} %`;
}

function rateIn(calls: number, elapsedMs: number): string {
  const rate = (calls * 1_000) / Math.max(1, elapsedMs);
  return rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
}
