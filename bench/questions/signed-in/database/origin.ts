/** The site in a process of its own, over HTTP. The first order starts it; each answer has all operations so far. */
import { answerOrders } from "../../../harness/load/child.ts";
import { type Operations, type Site, startSite } from "./site.ts";

export interface SiteState {
  readonly url: string;
  readonly pid: number;
  readonly postgresPid: number;
  readonly operations: Operations;
}

let starting: Promise<Site> | undefined;

// `@supabase/lite` prints a stack trace for each error.
console.error = () => {};

answerOrders<object, SiteState>(
  async () => {
    starting ??= startSite();
    const { url, postgresPid, operations } = await starting;
    return { url, pid: process.pid, postgresPid, operations: { ...operations } };
  },
  async () => (await starting)?.stop(),
);
