import { type BinaryLike, createHash, createHmac } from "node:crypto";
import { Random } from "../../testing/random.ts";

/**
 * Stands in for the platform's `crypto`: the real one works in other threads, which virtual time does not wait for, and
 * has other random numbers each time, so that no history would run again as it did.
 */
let random = new Random(0);

/** A world begins, with random numbers of its own. */
export function beginCrypto(seed: number): void {
  random = Random.spread(seed);
}

interface Key {
  readonly bytes: Buffer;
}

const subtle = {
  digest: async (_name: string, data: BinaryLike) => bytesOf(createHash("sha256").update(data).digest()),
  importKey: async (_format: string, bytes: Uint8Array): Promise<Key> => ({ bytes: Buffer.from(bytes) }),
  generateKey: async (): Promise<Key> => ({ bytes: Buffer.from(randomBytes(new Uint8Array(64))) }),
  sign: async (_name: unknown, { bytes }: Key, data: BinaryLike) =>
    bytesOf(createHmac("sha256", bytes).update(data).digest()),
};

function bytesOf(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer;
}

function randomBytes<T extends Uint8Array>(array: T): T {
  for (let at = 0; at < array.length; at++) array[at] = random.below(256);
  return array;
}

Object.defineProperty(globalThis, "crypto", {
  value: {
    subtle,
    getRandomValues: randomBytes,
    randomUUID: () => Buffer.from(randomBytes(new Uint8Array(16))).toString("hex"),
  },
});
