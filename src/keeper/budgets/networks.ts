/**
 * A client, as the keeper counts it, is the list of networks that its address lies in: narrowest first, separated by
 * blanks. This one stands for everyone whose address is not known.
 */
export const UNKNOWN_CLIENT = "unknown";

/**
 * Everyone whose request comes from a Worker of another zone. Cloudflare gives all of these one address, so a site
 * rendered on Workers shares it with every other Worker.
 */
export const WORKERS_CLIENT = "workers";

/** The level that usually has a single owner: an IPv4 /24, an IPv6 /48. */
const OWNERS_LEVEL = 1;

/** The networks of a client, narrowest first; at least one. */
export function levelsOf(client: string): readonly string[] {
  return client.split(" ");
}

/** The network that counts as one owner when clients are told apart. */
export function ownerOf(client: string): string {
  const levels = levelsOf(client);
  return levels[OWNERS_LEVEL] ?? levels[0] ?? UNKNOWN_CLIENT;
}

/** Whether a client stands for people who cannot be told apart, rather than for one network. */
export function isShared(client: string): boolean {
  return client === UNKNOWN_CLIENT || client === WORKERS_CLIENT;
}
