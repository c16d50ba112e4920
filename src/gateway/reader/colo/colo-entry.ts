import type { StoredResponse } from "../../../keeper/protocol/entry.ts";

/** Of the layout below. What another one has written is not understood, hence not there. */
const VERSION = 1;

const DIGEST_BYTES = 32;
/** The digest, and the length of the description. */
const HEAD_BYTES = DIGEST_BYTES + 4;

/** An entry of which every change is heard. */
export type KeptEntry = Omit<StoredResponse, "watched">;

/** An entry without its body, and what it answers. */
interface EntryDescription extends Omit<KeptEntry, "body"> {
  readonly version: number;
  readonly key: string;
}

/**
 * An entry as one text of bytes that says what it is: a digest of all that follows, the length of a description in JSON, the
 * description, and the body.
 */
export async function packed(key: string, entry: KeptEntry): Promise<ArrayBuffer> {
  const { generation, mark, status, headers, etag, filledAt, relations, body } = entry;
  const described: EntryDescription = {
    ...{ version: VERSION, key, generation, mark, status, headers, etag, filledAt, relations },
  };
  const description = new TextEncoder().encode(JSON.stringify(described));
  const bytes = new Uint8Array(HEAD_BYTES + description.byteLength + body.byteLength);
  new DataView(bytes.buffer).setUint32(DIGEST_BYTES, description.byteLength);
  bytes.set(description, HEAD_BYTES);
  bytes.set(new Uint8Array(body), HEAD_BYTES + description.byteLength);
  bytes.set(await digestOf(bytes.subarray(DIGEST_BYTES)));
  return bytes.buffer;
}

/** The entry, if these bytes are one of this key and generation, whole and unchanged; null for anything else. */
export async function unpacked(
  key: string,
  generation: string,
  buffer: ArrayBuffer,
): Promise<StoredResponse | null> {
  const bytes = new Uint8Array(buffer);
  if (bytes.byteLength < HEAD_BYTES) return null;
  const bodyAt = HEAD_BYTES + new DataView(buffer).getUint32(DIGEST_BYTES);
  if (bodyAt > bytes.byteLength) return null;
  const digest = await digestOf(bytes.subarray(DIGEST_BYTES));
  if (digest.some((byte, at) => byte !== bytes[at])) return null;
  const described = descriptionIn(bytes.subarray(HEAD_BYTES, bodyAt));
  if (described === null || described.key !== key || described.generation !== generation) return null;
  const { mark, status, headers, etag, filledAt, relations } = described;
  const body = buffer.slice(bodyAt);
  return { generation, mark, status, headers, etag, body, filledAt, relations, watched: true };
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** The digest tells that it is as somebody wrote it, not that this version of us did. */
function descriptionIn(bytes: Uint8Array): EntryDescription | null {
  let given: Partial<EntryDescription>;
  try {
    given = JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return null;
  }
  const { version, key, generation, mark, status, headers, etag, filledAt, relations } = given;
  const isOurs =
    version === VERSION &&
    typeof key === "string" &&
    typeof generation === "string" &&
    Number.isSafeInteger(mark) &&
    Number.isSafeInteger(status) &&
    typeof headers === "object" &&
    headers !== null &&
    typeof etag === "string" &&
    Number.isFinite(filledAt) &&
    Array.isArray(relations) &&
    relations.every((relation) => typeof relation === "string");
  return isOurs ? (given as EntryDescription) : null;
}
