import type { Described } from "../../../src/keeper/ports/ports.ts";
import { articlePath, type Caps, type Held, ownPaths, SiteKeeper } from "./keeper.ts";

/** Answers for everybody, of anonymous readers and of those who sign in. */
const ARTICLES = 200;

/** More users come until so many keys of others have gone. */
const EVICTED = 1_000;

export interface Grown {
  readonly users: number;
  readonly bearers: number;
  readonly keys: number;
  readonly evictions: number;
  /** By the keeper's own count: keys with their footprints. */
  readonly counted: number;
  /** By V8: everything but bodies, and bodies. */
  readonly heap: number;
  readonly bodies: number;
}

export interface Refused {
  readonly of: number;
  readonly refused: number;
  /** Of these, those that cost an origin request, because the keeper does not vouch for them any more. */
  readonly asked: number;
}

export interface Evicted {
  readonly evictions: number;
  readonly anonymous: Refused;
  readonly everybodys: Refused;
  /** Of users whose keys the keeper still has. */
  readonly others: Refused;
}

/** @param collect collects all garbage at once: Node's `gc` */
export async function grow(
  described: Described,
  users: number,
  caps: Caps,
  collect: () => void,
): Promise<Grown> {
  const site = new SiteKeeper(described, caps);
  for (let article = 1; article <= ARTICLES; article++) await site.read(articlePath(article), null);
  await site.read(ownPaths(users + 1)[0] as string, users + 1);
  const before = memory(collect);
  const stats = await site.keeper.stats(null);
  for (let user = 1; user <= users; user++) for (const path of ownPaths(user)) await site.read(path, user);
  const after = await site.keeper.stats(null);
  const now = memory(collect);
  return {
    users,
    bearers: after.audiences.identities,
    keys: after.audiences.personalKeys - stats.audiences.personalKeys,
    evictions: after.evictions - stats.evictions,
    counted: after.registryBytes - stats.registryBytes,
    heap: now.heap - before.heap,
    bodies: now.bodies - before.bodies,
  };
}

/** A full keeper, whose isolates hold what it has answered, and then more users. */
export async function evict(described: Described, caps: Caps): Promise<Evicted> {
  const site = new SiteKeeper(described, caps);
  const anonymous: Held[] = [];
  const everybodys: Held[] = [];
  // Four users each, so that their answers have been compared as often as S10 asks for.
  for (let article = 1; article <= ARTICLES; article++) {
    anonymous.push(await site.read(articlePath(article), null));
    for (let user = 1; user <= 4; user++) everybodys.push(await site.read(articlePath(article), user));
  }
  const own: Held[] = [];
  let user = 0;
  const come = async () => {
    user++;
    for (const path of ownPaths(user)) own.push(await site.read(path, user));
  };
  const evictions = async () => (await site.keeper.stats(null)).evictions;
  while ((await evictions()) === 0) await come();
  const [already, held] = [await evictions(), own.length];
  while ((await evictions()) - already < EVICTED) await come();
  const gone = (await evictions()) - already;
  // The oldest went first, so what is left is known: the newest of those who were there before.
  const others = own.slice(already + gone, held);
  return {
    evictions: gone,
    anonymous: await refusedOf(site, anonymous),
    everybodys: await refusedOf(site, everybodys),
    others: await refusedOf(site, others),
  };
}

async function refusedOf(site: SiteKeeper, held: readonly Held[]): Promise<Refused> {
  const fence = await site.fence();
  const refused = held.filter(({ marked }) => !fence.accepts(marked));
  let asked = 0;
  for (const each of refused) if (!(await site.isGood(each))) asked++;
  return { of: held.length, refused: refused.length, asked };
}

function memory(collect: () => void): { readonly heap: number; readonly bodies: number } {
  for (let times = 0; times < 3; times++) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, bodies: arrayBuffers };
}
