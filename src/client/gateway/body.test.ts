import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { tidemark } from "../client.ts";

const GATEWAY = "https://gateway.example";
const SUPABASE = "https://abc.supabase.co";
const READ = `${SUPABASE}/rest/v1/articles?select=id`;

type Source = (controller: ReadableStreamDefaultController<Uint8Array>) => void;

let asked: string[];
let gateway: Source;
let cancelled: number;
let signals: (AbortSignal | null | undefined)[];

const network = (async (input: RequestInfo | URL, init?: RequestInit) => {
  const isGateway = String(input).startsWith(GATEWAY);
  asked.push(isGateway ? "gateway" : "supabase");
  if (!isGateway) return new Response('[{"id":2}]');
  signals.push(init?.signal);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      init?.signal?.addEventListener("abort", () => controller.error(init.signal?.reason));
      gateway(controller);
    },
    cancel: () => {
      cancelled += 1;
    },
  });
  return new Response(body, { headers: { "cache-status": "tidemark; hit; detail=memory" } });
}) as typeof fetch;

const client = () => tidemark({ gateway: GATEWAY, project: SUPABASE, fetch: network, timeout: "2s" });

const bytes = (text: string) => new TextEncoder().encode(text);

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  cancelled = 0;
  signals = [];
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the body of a gateway's answer", () => {
  it("that breaks off is no answer: Supabase answers, and the gateway is left alone", async () => {
    gateway = (controller) => {
      controller.enqueue(bytes('[{"id":'));
      controller.error(new TypeError("terminated"));
    };
    const read = client();
    expect(await (await read(READ)).json()).toEqual([{ id: 2 }]);
    expect(await (await read(READ)).json()).toEqual([{ id: 2 }]);
    expect(asked).toEqual(["gateway", "supabase", "supabase"]);
  });

  it("that never arrives is no answer, and its request is aborted", async () => {
    gateway = () => {};
    const read = client()(READ);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await (await read).json()).toEqual([{ id: 2 }]);
    expect(signals[0]?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that stalls half-way is no answer", async () => {
    gateway = (controller) => controller.enqueue(bytes("[1,"));
    const read = client()(READ);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await (await read).json()).toEqual([{ id: 2 }]);
  });

  it("may take long, as long as data arrives within each timeout", async () => {
    gateway = (controller) => {
      const pieces = ["[1", ",2", ",3", "]"];
      const send = () => {
        const piece = pieces.shift();
        if (piece === undefined) return controller.close();
        controller.enqueue(bytes(piece));
        setTimeout(send, 1_900);
      };
      setTimeout(send, 1_900);
    };
    const read = client()(READ);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await (await read).json()).toEqual([1, 2, 3]);
    expect(asked).toEqual(["gateway"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is buffered up to a megabyte; a longer one is streamed to the caller", async () => {
    let source: ReadableStreamDefaultController<Uint8Array> | undefined;
    gateway = (controller) => {
      source = controller;
      controller.enqueue(new Uint8Array(1_048_577));
    };
    const response = await client()(READ);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.byteLength).toBe(1_048_577);
    source?.enqueue(new Uint8Array(1));
    expect((await reader?.read())?.value?.byteLength).toBe(1);
    source?.error(new TypeError("terminated"));
    await expect(reader?.read()).rejects.toThrow("terminated");
    expect(asked).toEqual(["gateway"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that its caller cancels is released", async () => {
    gateway = (controller) => controller.enqueue(new Uint8Array(1_048_577));
    const response = await client()(READ);
    await response.body?.cancel();
    expect(cancelled).toBe(1);
  });

  it("ends with the caller's abort, which is no failure", async () => {
    gateway = () => {};
    const caller = new AbortController();
    const read = client();
    const aborted = read(READ, { signal: caller.signal });
    await vi.advanceTimersByTimeAsync(1_000);
    const reason = new DOMException("enough", "AbortError");
    caller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect(asked).toEqual(["gateway"]);
    gateway = (controller) => {
      controller.enqueue(bytes("[]"));
      controller.close();
    };
    await read(READ);
    expect(asked).toEqual(["gateway", "gateway"]);
  });

  it("is not awaited where bodies are no streams (React Native)", async () => {
    const text = vi.fn(async () => "[]");
    const headers = new Headers({ "cache-status": "tidemark; hit" });
    const whole = { status: 200, ok: true, headers, text, url: `${GATEWAY}/rest/v1/articles` };
    const read = tidemark({
      gateway: GATEWAY,
      project: SUPABASE,
      fetch: (async () => whole) as unknown as typeof fetch,
    });
    expect(await read(READ)).toBe(whole);
    expect(text).not.toHaveBeenCalled();
  });
});
