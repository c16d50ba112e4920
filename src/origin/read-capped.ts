/**
 * A whole body, or, when it is over the cap, its bytes from the first one on as a stream: read that or cancel it.
 * Counts bytes as they arrive, because a declared length proves nothing.
 *
 * @param body null reads as no bytes
 * @throws what reading the body throws
 */
export async function readCapped(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body?.getReader();
  for (let next = await reader?.read(); reader && next && !next.done; next = await reader.read()) {
    size += next.value.byteLength;
    chunks.push(next.value);
    if (size > maxBytes) return replayed(chunks, reader);
  }
  return joined(chunks, size);
}

/**
 * The whole body of a response. Null: it exceeds the cap, and is cancelled if that was not declared.
 *
 * @throws what reading the body throws
 */
export async function readUpTo(response: Response, maxBytes: number): Promise<ArrayBuffer | null> {
  if (Number(response.headers.get("content-length") ?? 0) > maxBytes) return null;
  const body = await readCapped(response.body, maxBytes);
  if (body instanceof Uint8Array) return body.buffer;
  await body.cancel();
  return null;
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
