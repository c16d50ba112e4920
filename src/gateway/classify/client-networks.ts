import { UNKNOWN_CLIENT, WORKERS_CLIENT } from "../../keeper/budgets/networks.ts";

/** IPv4: the address itself, then its /24 and /16. */
const IPV4_LEVELS = [4, 3, 2];

/**
 * IPv6, in groups of 16 bits: /64, /48, /32. A single customer has at least a /64, so its addresses count as one
 * client. A site gets a /56 or a /48, tunnel brokers give a /48 to anyone, and a provider gets a /32.
 */
const IPV6_LEVELS = [4, 3, 2];

/**
 * The prefix of 2a06:98c0:3600::103, which Cloudflare puts into `cf-connecting-ip` when any Worker fetches from another
 * zone (developers.cloudflare.com/workers/runtime-apis/headers).
 */
const WORKERS_EGRESS = [0x2a06, 0x98c0, 0x3600];

/**
 * The networks that an address lies in, narrowest first, separated by blanks. Budgets are counted for each of them.
 *
 * @param address `cf-connecting-ip`, which Cloudflare's edge sets, whatever the client sends. Anything that is not one
 * address counts as unknown, and all unknown clients count as one. So do the Workers of all other zones.
 */
export function networksOf(address: string | null): string {
  if (address === null || address.length > 45) return UNKNOWN_CLIENT;
  const ipv4 = ipv4Of(address);
  if (ipv4) return printed(ipv4, IPV4_LEVELS, ".");
  const ipv6 = ipv6Of(address);
  if (!ipv6) return UNKNOWN_CLIENT;
  const mapped = mappedIpv4Of(ipv6);
  if (mapped) return printed(mapped, IPV4_LEVELS, ".");
  if (WORKERS_EGRESS.every((group, index) => ipv6[index] === group)) return WORKERS_CLIENT;
  return printed(
    ipv6.map((group) => group.toString(16)),
    IPV6_LEVELS,
    ":",
  );
}

/** Prints networks with a separator at the end, so that no two of different width look alike. */
function printed(parts: readonly (string | number)[], levels: readonly number[], separator: string): string {
  return levels.map((count) => `${parts.slice(0, count).join(separator)}${separator}`).join(" ");
}

function ipv4Of(text: string): number[] | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const parts = match?.slice(1).map(Number);
  return parts?.every((part) => part <= 255) ? parts : null;
}

/** Parses RFC 4291 §2.2 without a zone: eight groups, or fewer around one `::`; the last two may be an IPv4 address. */
function ipv6Of(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half, index) => groupsOf(half, index === halves.length - 1));
  if (!head || tail === null) return null;
  if (tail === undefined) return head.length === 8 ? head : null;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? null : [...head, ...Array<number>(missing).fill(0), ...tail];
}

function groupsOf(half: string, isEnd: boolean): number[] | null {
  if (half === "") return [];
  const groups: number[] = [];
  const parts = half.split(":");
  for (const [index, part] of parts.entries()) {
    const ipv4 = isEnd && index === parts.length - 1 ? ipv4Of(part) : null;
    if (ipv4) groups.push(...pairsOf(ipv4));
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}

function pairsOf([a = 0, b = 0, c = 0, d = 0]: readonly number[]): [number, number] {
  return [a * 256 + b, c * 256 + d];
}

/** `::ffff:a.b.c.d` is an IPv4 address (RFC 4291 §2.5.5.2). */
function mappedIpv4Of(groups: readonly number[]): number[] | null {
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (!isMapped) return null;
  return groups.slice(6).flatMap((group) => [group >> 8, group & 255]);
}
