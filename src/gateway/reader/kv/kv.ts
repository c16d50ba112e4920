import type { StoredResponse } from "../../../keeper/protocol/entry.ts";
import { sha256Hex } from "../../../runtime/hash.ts";

/** Metadata of a KV value, as the platform limits it. */
const KV_MAX_METADATA_BYTES = 1_024;

/** A KV key is at most 512 bytes of UTF-8. */
const MAX_KEY_BYTES = 512;

/** An entry without its body. The names are short because KV limits metadata to 1,024 bytes. */
interface Metadata {
  /** mark */
  readonly m: number;
  /** status */
  readonly s: number;
  /** headers */
  readonly h: Readonly<Record<string, string>>;
  /** etag */
  readonly e: string;
  /** filled at */
  readonly f: number;
  /** relations */
  readonly r: readonly string[];
}

/** The entry that KV shows here and now for a key, or null. It may be an old one, which its mark tells. */
export async function getEntry(
  kv: KVNamespace,
  generation: string,
  key: string,
): Promise<StoredResponse | null> {
  const found = await kv.getWithMetadata<Metadata>(await kvKey(generation, key), "arrayBuffer");
  const { value: body, metadata } = found;
  if (body === null || !isMetadata(metadata)) return null;
  const { m: mark, s: status, h: headers, e: etag, f: filledAt, r: relations } = metadata;
  return { generation, mark, status, headers, etag, body, filledAt, relations, watched: true };
}

/**
 * Puts an entry, unless its metadata is too large for KV: then readers get it from the keeper.
 *
 * @param expirationTtl in seconds
 */
export async function putEntry(
  kv: KVNamespace,
  key: string,
  entry: StoredResponse,
  expirationTtl: number,
): Promise<void> {
  const { mark: m, status: s, headers: h, etag: e, filledAt: f, relations: r } = entry;
  const metadata: Metadata = { m, s, h, e, f, r };
  if (bytesOf(JSON.stringify(metadata)) > KV_MAX_METADATA_BYTES) return;
  await kv.put(await kvKey(entry.generation, key), entry.body, { expirationTtl, metadata });
}

/** The readable key where it fits, else a hash. A path never begins with `#`, so the two cannot collide. */
async function kvKey(generation: string, key: string): Promise<string> {
  const readable = `${generation}/${key}`;
  // Keys are ASCII (see `keyOf`), so a character is a byte.
  if (readable.length <= MAX_KEY_BYTES) return readable;
  return `${generation}/#${await sha256Hex(key)}`;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

function isMetadata(value: Metadata | null): value is Metadata {
  return (
    value !== null &&
    typeof value.m === "number" &&
    typeof value.s === "number" &&
    typeof value.h === "object" &&
    typeof value.e === "string" &&
    typeof value.f === "number" &&
    Array.isArray(value.r)
  );
}
