/** So much is read at once when no length is declared: each read is a step through the platform, and most bodies are smaller. */
const FIRST_READ_BYTES = 65_536;

/**
 * A whole body, or, when it is over the cap, its bytes from the first one on as a stream: read that or cancel it.
 * Counts bytes as they arrive, because a declared length proves nothing.
 *
 * @param body null reads as no bytes
 * @param declared how many bytes are said to come: if it is true, they are read at once. 0: nothing is said
 * @throws what reading the body throws
 */
export async function readCapped(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  declared = 0,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>> {
  if (body === null) return new Uint8Array();
  const first = await firstOf(body, Math.min(maxBytes, declared || FIRST_READ_BYTES) + 1);
  // A copy, since the buffer is longer.
  if (first?.isWhole && first.bytes.byteLength <= maxBytes) return first.bytes.slice();
  const chunks: Uint8Array[] = first ? [first.bytes] : [];
  let size = first?.bytes.byteLength ?? 0;
  const reader = body.getReader();
  while (size <= maxBytes) {
    const { value, done } = await reader.read();
    if (done) return joined(chunks, size);
    size += value.byteLength;
    chunks.push(value);
  }
  return replayed(chunks, reader);
}

/**
 * The whole body of a response. Null: it exceeds the cap, and is cancelled if that was not declared.
 *
 * @throws what reading the body throws
 */
export async function readUpTo(response: Response, maxBytes: number): Promise<ArrayBuffer | null> {
  const declared = Number(response.headers.get("content-length") ?? 0);
  if (declared > maxBytes) return null;
  const body = await readCapped(response.body, maxBytes, declared || 0);
  if (body instanceof Uint8Array) return body.buffer;
  await body.cancel();
  return null;
}

/** workerd's own: resolves with fewer bytes only at the end of the stream. */
interface GreedyReader {
  readAtLeast?(
    bytes: number,
    into: Uint8Array<ArrayBuffer>,
  ): Promise<{ readonly value?: Uint8Array<ArrayBuffer>; readonly done: boolean }>;
}

/** So many bytes, or all if there are fewer. Null: nothing is read, for the stream gives its own chunks only. */
async function firstOf(
  body: ReadableStream<Uint8Array>,
  bytes: number,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly isWhole: boolean } | null> {
  const reader = byteReader(body);
  if (reader === null) return null;
  try {
    const greedy = reader as GreedyReader;
    if (greedy.readAtLeast === undefined) return null;
    const { value = new Uint8Array(), done } = await greedy.readAtLeast(bytes, new Uint8Array(bytes));
    return { bytes: value, isWhole: done || value.byteLength < bytes };
  } finally {
    reader.releaseLock();
  }
}

function byteReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return null;
  }
}

/** What has been read so far, and then the rest. */
function replayed(
  chunks: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const chunk = chunks.shift() ?? (await reader.read()).value;
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel: (reason) => reader.cancel(reason).catch(() => {}),
  });
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
