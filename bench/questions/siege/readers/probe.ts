import { read } from "../load/client.ts";
import { whenDue } from "../load/due.ts";

interface Probe {
  readonly askedAt: number;
  /** `Infinity`: there was no answer. */
  readonly answeredAt: number;
}

const EVERY_MS = 1_000;
/** The gateway waits this long for the database. */
const PATIENCE_MS = 8_000;

/**
 * Reads that go straight to the database once a second, as a client without a cache would. A siege may overload the
 * database itself; then an error is not Tidemark's.
 */
export class Probes {
  readonly #probes: Probe[] = [];

  /** @param origin the database's API */
  async run(origin: string, target: string, forMs: number): Promise<void> {
    const underWay: Promise<void>[] = [];
    await whenDue(
      forMs,
      () => EVERY_MS,
      () => underWay.push(this.#ask(origin, target)),
    );
    await Promise.all(underWay);
  }

  /** Whether the database failed a direct read at that time, too. */
  alsoFailed(askedAt: number, failedAt: number): boolean {
    return this.#probes.some(
      (probe) =>
        probe.askedAt <= failedAt &&
        probe.answeredAt >= askedAt &&
        probe.answeredAt - probe.askedAt >= PATIENCE_MS,
    );
  }

  get latenciesMs(): readonly number[] {
    return this.#probes.map(({ askedAt, answeredAt }) => answeredAt - askedAt);
  }

  async #ask(origin: string, target: string): Promise<void> {
    const askedAt = performance.now();
    const answer = await read({
      url: origin,
      target,
      from: "198.51.100.254",
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch(() => null);
    const isAnswer = answer?.status === 200;
    this.#probes.push({ askedAt, answeredAt: isAnswer ? performance.now() : Number.POSITIVE_INFINITY });
  }
}
