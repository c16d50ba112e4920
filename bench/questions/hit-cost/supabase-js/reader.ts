/** supabase-js in a process of its own, with readers that each request their next page once they have the last one. */
import type { SupabaseClient } from "@supabase/supabase-js";
import { answerOrders } from "../../../harness/load/child.ts";
import { cpuMsOf, familyCpuMsOf } from "../../../harness/load/cpu.ts";
import { askPage, clientOf, PAGES } from "./pages.ts";

export interface ReadOrder {
  readonly url: string;
  readonly key: string;
  readonly headers: Record<string, string>;
  /** One of these of every answer; null: none. */
  readonly cacheStatus: readonly (string | null)[];
  /** Every page as the database itself has answered it, parsed and printed. */
  readonly expected: readonly string[];
  readonly readers: number;
  readonly leadInMs: number;
  readonly countedMs: number;
  /** Processes whose CPU time is read at both ends of the counted time. */
  readonly processes: Readonly<Record<"workerd" | "api" | "postgres", number | null>>;
}

export type Process = "client" | keyof ReadOrder["processes"];

export interface ReadResult {
  readonly elapsedMs: number;
  /** Of each counted read, in milliseconds: from the call to the rows. */
  readonly latenciesMs: readonly number[];
  /** Null where the system does not tell. */
  readonly cpuMs: Readonly<Record<Process, number | null>>;
  /** All reads, the lead-in included. */
  readonly checked: number;
  readonly wrong: number;
  readonly firstWrong: string | null;
}

answerOrders<ReadOrder, ReadResult>(run);

async function run(order: ReadOrder): Promise<ReadResult> {
  const reading = new Reading(order);
  const readers = Array.from({ length: order.readers }, () => reading.read());
  await sleep(order.leadInMs);

  reading.latenciesMs.length = 0;
  const cpuBefore = cpuOf(order.processes);
  const begun = performance.now();
  await sleep(order.countedMs);
  const latenciesMs = [...reading.latenciesMs];
  const elapsedMs = performance.now() - begun;
  const cpuAfter = cpuOf(order.processes);

  reading.stop();
  await Promise.all(readers);
  const cpuMs = Object.fromEntries(
    Object.entries(cpuAfter).map(([name, after]) => {
      const before = cpuBefore[name as Process];
      return [name, after === null || before === null ? null : after - before];
    }),
  ) as ReadResult["cpuMs"];
  const { checked, wrong, firstWrong } = reading;
  return { elapsedMs, latenciesMs, cpuMs, checked, wrong, firstWrong };
}

class Reading {
  readonly latenciesMs: number[] = [];
  checked = 0;
  wrong = 0;
  firstWrong: string | null = null;
  readonly #order: ReadOrder;
  readonly #client: SupabaseClient;
  #running = true;
  #next = 0;

  constructor(order: ReadOrder) {
    this.#order = order;
    this.#client = clientOf(order.url, order.key, order.headers, async (input, init) => {
      const response = await fetch(input, init);
      const status = response.headers.get("cache-status");
      if (!order.cacheStatus.includes(status))
        this.#note(`cache-status ${status}, not ${order.cacheStatus.join(" or ")}`);
      return response;
    });
  }

  async read(): Promise<void> {
    while (this.#running) {
      const page = this.#next++ % PAGES;
      const begun = performance.now();
      const { data, error } = await askPage(this.#client, page);
      this.latenciesMs.push(performance.now() - begun);
      this.checked++;
      if (error) this.#note(error.message);
      else if (JSON.stringify(data) !== this.#order.expected[page]) this.#note(`other rows on page ${page}`);
    }
  }

  stop(): void {
    this.#running = false;
  }

  #note(what: string): void {
    this.wrong++;
    this.firstWrong ??= what;
  }
}

function cpuOf({ workerd, api, postgres }: ReadOrder["processes"]): Record<Process, number | null> {
  const { user, system } = process.cpuUsage();
  return {
    client: (user + system) / 1_000,
    workerd: cpuMsOf(workerd),
    api: cpuMsOf(api),
    postgres: familyCpuMsOf(postgres),
  };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
