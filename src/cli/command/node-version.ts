/** `engines` of package.json: a test compares them. */
export const OLDEST_NODE = "22.12";

/** What to tell who runs an older Node than this package needs: one line and a hint. Undefined: it is new enough. */
export function tooOldNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split(".").map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `tidemark: this is Node ${version}; tidemark needs ${OLDEST_NODE} or newer, and 22.18 for a tidemark.config.ts\n  Install a newer one: https://nodejs.org`;
}
