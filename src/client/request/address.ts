/**
 * An address in two parts, both as a URL parser would write them. Parsed by hand: React Native's `URL` is incomplete.
 */
export interface Address {
  /** `https://host[:port]`, in lower case and without the scheme's default port. */
  readonly origin: string;
  /** Everything after it: empty, or from the first `/` on. */
  readonly rest: string;
}

/** Scheme and host. Addresses with a user name, a backslash, a blank or a control character do not match. */
const ADDRESS = /^(https?):\/\/([^/?#@\\\s]+)((?:[/?#].*)?)$/is;

const OWN_PORT = { http: /:0*80$/, https: /:0*443$/ };

/** Undefined for anything but a plain absolute HTTP address. */
export function addressOf(url: string): Address | undefined {
  const [, scheme = "", host = "", rest = ""] = ADDRESS.exec(url) ?? [];
  if (host === "") return undefined;
  const lower = scheme.toLowerCase() as keyof typeof OWN_PORT;
  return { origin: `${lower}://${host.toLowerCase().replace(OWN_PORT[lower], "")}`, rest };
}
