import type { Timeline } from "../../../../testing/time/timeline.ts";
import { listOf } from "../../../harness/command.ts";
import type { Counts } from "../counts.ts";
import { type Network, originMsOf } from "../network.ts";
import type { Origin } from "../origin.ts";
import type { Query, ReadArrival, WriteArrival } from "../trace/trace.ts";

/** Where a policy runs: one distance, one trace, and a database that all policies share. */
export interface Surroundings {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly origin: Origin;
  readonly isolates: number;
  readonly queries: readonly Query[];
}

/** A policy at work. */
export interface Running {
  /** The answer's text; without a promise when it needed no wait. */
  read(arrival: ReadArrival): string | Promise<string>;
  /** A commit has just happened. */
  wrote?(arrival: WriteArrival): void;
  used(): Counts;
  /** What else the policy counts so far, by name. A copy. */
  tally?(): Readonly<Record<string, number>>;
  /** Faults that no reader saw. */
  readonly findings?: readonly string[];
}

export interface Policy {
  readonly name: string;
  /** The age of answers that the policy promises; null: it promises nothing. */
  readonly boundMs: number | null;
  /** Whether readers go through the owner's Worker. */
  readonly hasWorker: boolean;
  start(surroundings: Surroundings): Promise<Running>;
}

/** Those whose names contain one of these, which commas separate; all of an empty text. */
export function policiesNamed(policies: readonly Policy[], text: string): readonly Policy[] {
  const parts = listOf(text);
  return policies.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
}

/** An origin request over the whole distance, from where this isolate is. */
export async function askOrigin(
  { timeline, network, origin }: Surroundings,
  { query, isolate }: { readonly query: Query; readonly isolate: number },
  counts: Counts,
): Promise<string> {
  counts.originRequests++;
  const half = (originMsOf(network, isolate) + network.serviceMs) / 2;
  await timeline.sleep(half);
  const text = await timeline.hold(origin.answer(query));
  await timeline.sleep(half);
  return text;
}
