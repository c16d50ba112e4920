/**
 * The `Content-Location` that PostgREST sends with a read of a relation: the parameters decoded, sorted by name, and
 * encoded again (`qsCanonical` of `QueryParams.hs`, by `urlEncodeVars` of the HTTP package, which joins parameters of one
 * name with commas). Undefined where its parsers and ours might differ.
 *
 * @param search the query string as it came, without `?`
 */
export function contentLocation(relation: string, search: string): string | undefined {
  // A name beyond ASCII would be raw bytes in the header.
  if (!/^[\x20-\x7e]+$/.test(relation)) return undefined;
  if (search === "") return `/${relation}`;
  if (/;|%(?![0-9a-f]{2})|(?:^|&)(?:&|$)/i.test(search)) return undefined;
  const values = new Map<string, string[]>();
  for (const parameter of search.split("&")) {
    const equals = parameter.indexOf("=");
    const name = bytesOf(equals < 0 ? parameter : parameter.slice(0, equals));
    const value = equals < 0 ? "" : bytesOf(parameter.slice(equals + 1));
    const same = values.get(name);
    if (same) same.push(value);
    else values.set(name, [value]);
  }
  const sorted = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
  const printed = sorted.map(([name, all]) => `${encode(name)}=${all.map(encode).join(",")}`);
  return `/${relation}?${printed.join("&")}`;
}

/** Decoded to one character for each byte, as PostgREST sorts and encodes bytes as if they were Latin-1. */
function bytesOf(encoded: string): string {
  return encoded
    .replaceAll("+", " ")
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function encode(bytes: string): string {
  return encodeURIComponent(bytes).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
