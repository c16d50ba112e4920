/** The name of a raw query parameter, whatever its case and encoding, in lower case. Undefined: it is encoded in no known way. */
export function parameterName(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw.replaceAll("+", " ")).trim().toLowerCase();
  } catch {
    return undefined;
  }
}
