import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Bytes that one isolate uses after a garbage collection. */
export interface Heap {
  /** Objects and strings. */
  readonly used: number;
  /** Buffers, which live outside of the heap. */
  readonly buffers: number;
}

export const heapBytes = ({ used, buffers }: Heap): number => used + buffers;

/** An isolate that is busy computing does not answer. */
const PATIENCE_MS = 15_000;

/** An idle isolate does not process inspector messages until it has work. */
const WAKE_EVERY_MS = 50;

/**
 * Memory of one Worker's isolate, from V8's inspector. Null if the isolate did not answer in time.
 *
 * @param inspector where Miniflare's inspector listens, such as `ws://127.0.0.1:9229`
 * @param worker the Worker's name
 * @param url of that Worker: it must run to answer the inspector
 */
export async function heapOf(inspector: URL, worker: string, url: string): Promise<Heap | null> {
  // Miniflare admits clients of this machine only. Node takes headers, which the browsers' types do not have.
  const options = { headers: { origin: "http://localhost" } } as unknown as string[];
  const socket = new WebSocket(new URL(`/${worker}`, inspector), options);
  const done = new AbortController();
  try {
    return await Promise.race([
      measure(socket, () => wake(url, done.signal)),
      sleep(PATIENCE_MS, null, { signal: done.signal }),
    ]);
  } catch {
    return null;
  } finally {
    done.abort();
    socket.close();
  }
}

async function wake(url: string, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    await fetch(`${url}/_tidemark/health`, { signal: until })
      .then((answer) => answer.arrayBuffer())
      .catch(() => {});
    await sleep(WAKE_EVERY_MS);
  }
}

async function measure(socket: WebSocket, keepAwake: () => Promise<void>): Promise<Heap> {
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error("the inspector refused a connection")), {
      once: true,
    });
  });
  void keepAwake();
  await ask(socket, 1, "HeapProfiler.collectGarbage");
  const usage = await ask(socket, 2, "Runtime.getHeapUsage");
  return { used: usage.usedSize ?? 0, buffers: usage.backingStorageSize ?? 0 };
}

interface HeapUsage {
  readonly usedSize?: number;
  readonly backingStorageSize?: number;
}

function ask(socket: WebSocket, id: number, method: string): Promise<HeapUsage> {
  return new Promise((resolve, reject) => {
    socket.addEventListener("message", function take({ data }) {
      const message = JSON.parse(String(data)) as { id?: number; result?: HeapUsage };
      if (message.id !== id) return;
      socket.removeEventListener("message", take);
      resolve(message.result ?? {});
    });
    socket.addEventListener("close", () => reject(new Error("the inspector closed the connection")));
    socket.send(JSON.stringify({ id, method }));
  });
}

/** Memory of a whole process in bytes, now and at its peak. Null except on Linux. */
export function processMemory(pid: number): { readonly now: number; readonly peak: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const bytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1_024;
    return { now: bytes("VmRSS"), peak: bytes("VmHWM") };
  } catch {
    return null;
  }
}
