import { describe, expect, it } from "vitest";
import { readCapped, readUpTo } from "./read-capped.ts";

const bytes = (length: number) => Uint8Array.from({ length }, (_, at) => at % 251);

/** A body as the network gives it: bytes into any buffer. In chunks, so that reads meet their edges. */
function network(body: Uint8Array, chunk: number): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream();
  const write = async () => {
    const writer = writable.getWriter();
    for (let at = 0; at < body.byteLength; at += chunk) await writer.write(body.slice(at, at + chunk));
    await writer.close();
  };
  write().catch(() => {});
  return readable;
}

/** A body of a Worker's own making, which gives its own chunks only. */
function made(body: Uint8Array, chunk: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= body.byteLength) return controller.close();
      controller.enqueue(body.slice(at, at + chunk));
      at += chunk;
    },
  });
}

const readAll = async (stream: ReadableStream<Uint8Array>) =>
  new Uint8Array(await new Response(stream).arrayBuffer());

const CAP = 100_000;

describe("a body up to a cap", () => {
  for (const [kind, stream] of Object.entries({ network, made })) {
    for (const length of [0, 1, 20_480, 65_536, 65_537, 99_999, 100_000]) {
      for (const declared of [0, length, 10, 99_990]) {
        it(`I11. of ${length} bytes by ${kind}, said to have ${declared || "none"}, is read whole`, async () => {
          const body = bytes(length);
          const read = await readCapped(stream(body, 7_000), CAP, declared);
          expect(read).toBeInstanceOf(Uint8Array);
          expect(read).toEqual(body);
          expect((read as Uint8Array).buffer.byteLength).toBe(length);
        });
      }
    }
    for (const length of [100_001, 150_000, 300_000]) {
      for (const declared of [0, 10, 99_990]) {
        it(`I11. of ${length} bytes by ${kind}, said to have ${declared || "none"}, is over it, and is passed on whole`, async () => {
          const body = bytes(length);
          const read = await readCapped(stream(body, 7_000), CAP, declared);
          expect(read).toBeInstanceOf(ReadableStream);
          expect(await readAll(read as ReadableStream<Uint8Array>)).toEqual(body);
        });
      }
    }
  }

  it("I10. that breaks off is no body", async () => {
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    writer.write(bytes(10)).catch(() => {});
    const read = readCapped(readable, CAP);
    const refused = expect(read).rejects.toThrow("broken off");
    await writer.abort(new Error("broken off")).catch(() => {});
    await refused;
  });

  it("I11. of a response without one is empty, and one that is said to be larger is not read", async () => {
    expect((await readUpTo(new Response(null), CAP))?.byteLength).toBe(0);
    const large = new Response(made(bytes(10), 10), { headers: { "content-length": "100001" } });
    expect(await readUpTo(large, CAP)).toBeNull();
  });
});
