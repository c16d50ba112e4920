import { answerOrders } from "./child.ts";
import { Connection } from "./connection.ts";
import { cpuMsOf } from "./cpu.ts";
import type { LoadOrder, LoadResult } from "./order.ts";

/** After the counted time the last answers are awaited, so that the server is idle before the next slice. */
const DRAIN_MS = 5_000;

answerOrders<LoadOrder, LoadResult>(run);

async function run(order: LoadOrder): Promise<LoadResult> {
  const slice = new Slice(order);
  await slice.begin();
  await sleep(order.leadInMs);

  const answersBefore = slice.answers;
  const begun = performance.now();
  const ownCpu = process.cpuUsage();
  const serverCpu = cpuMsOf(order.serverPid);
  await sleep(order.countedMs);
  const answers = slice.answers - answersBefore;
  const elapsedMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(ownCpu);
  const serverCpuAfter = cpuMsOf(order.serverPid);

  await slice.end();
  return {
    answers,
    elapsedMs,
    checked: slice.answers,
    wrong: slice.wrong,
    firstWrong: slice.firstWrong,
    serverCpuMs: serverCpu === null || serverCpuAfter === null ? null : serverCpuAfter - serverCpu,
    generatorShare: (user + system) / 1_000 / elapsedMs,
  };
}

/** Load from several connections. A lost connection is not reopened, and `firstWrong` reports it. */
class Slice {
  answers = 0;
  wrong = 0;
  firstWrong: string | null = null;
  readonly #order: LoadOrder;
  #connections: Connection[] = [];
  #running = true;
  #unanswered = 0;
  #next = 0;

  constructor(order: LoadOrder) {
    this.#order = order;
  }

  async begin(): Promise<void> {
    const { host, port, connections } = this.#order;
    this.#connections = await Promise.all(
      Array.from({ length: connections }, () =>
        Connection.open(host, port, (wrong, connection) => this.#take(wrong, connection)),
      ),
    );
    for (const connection of this.#connections) this.#send(connection);
  }

  async end(): Promise<void> {
    this.#running = false;
    const begun = performance.now();
    while (this.#unanswered > 0 && performance.now() - begun < DRAIN_MS) await sleep(1);
    for (const connection of this.#connections) connection.close();
  }

  #send(connection: Connection): void {
    const { requests } = this.#order;
    const request = requests[this.#next++ % requests.length];
    if (request === undefined || !connection.open) return;
    this.#unanswered++;
    connection.send(request);
  }

  #take(wrong: string | null, connection: Connection): void {
    this.answers++;
    this.#unanswered--;
    if (wrong !== null) {
      this.wrong++;
      this.firstWrong ??= wrong;
    }
    if (this.#running) this.#send(connection);
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
