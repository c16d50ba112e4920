import { Worker } from "node:worker_threads";
import { Tally } from "./history/tally.ts";
import type { Job, JobDone } from "./worker.ts";

interface Waiting {
  readonly job: Job;
  readonly done: (done: JobDone) => void;
  readonly failed: (error: Error) => void;
}

/** Threads that take jobs in turn, because each simulation needs modules and a console of its own. */
export class Pool {
  readonly #workers = new Set<Worker>();
  readonly #idle: Worker[] = [];
  readonly #waiting: Waiting[] = [];
  #ids = 0;

  constructor(threads: number) {
    for (let count = 0; count < threads; count++) this.#idle.push(this.#start());
  }

  /** @throws Error if the simulator itself fails */
  async run(job: Omit<Job, "id">): Promise<JobDone> {
    const done = await new Promise<JobDone>((resolve, reject) => {
      this.#waiting.push({ job: { ...job, id: this.#ids++ }, done: resolve, failed: reject });
      this.#next();
    });
    if (done.error !== null) throw new Error(done.error);
    // A tally that has come from another thread has lost its methods.
    const tally = new Tally();
    tally.add(done.tally);
    return { ...done, tally };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  #start(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    this.#workers.add(worker);
    return worker;
  }

  #next(): void {
    const next = this.#idle.length > 0 ? this.#waiting.shift() : undefined;
    const worker = next && this.#idle.pop();
    if (!worker) return;
    const settle = (free: Worker, end: () => void) => {
      worker.off("message", onDone);
      worker.off("error", onError);
      this.#idle.push(free);
      end();
      this.#next();
    };
    const onDone = (done: JobDone) => settle(worker, () => next.done(done));
    // An uncaught error ends the thread.
    const onError = (error: unknown) => {
      this.#workers.delete(worker);
      settle(this.#start(), () => next.failed(error as Error));
    };
    worker.on("message", onDone);
    worker.on("error", onError);
    worker.postMessage(next.job);
  }
}
