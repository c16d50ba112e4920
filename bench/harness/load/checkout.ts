import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Gateway, GatewayOptions, startGateway as StartGateway } from "../../../demo/workerd.ts";
import { workerdPids } from "./cpu.ts";

/** Where these sources are. */
export const THIS_CHECKOUT = fileURLToPath(new URL("../../..", import.meta.url));

/** A gateway in a workerd of its own. */
export interface StartedGateway {
  readonly gateway: Gateway;
  /** workerd's; null where the system does not tell. */
  readonly pid: number | null;
}

/** Starts a gateway as a checkout starts it, its own way of bundling and of configuring workerd included. */
export async function startCheckout(root: string, options: GatewayOptions): Promise<StartedGateway> {
  const known = new Set(workerdPids());
  const { startGateway } = (await import(pathToFileURL(join(root, "demo/workerd.ts")).href)) as {
    readonly startGateway: typeof StartGateway;
  };
  const gateway = await startGateway(options);
  return { gateway, pid: workerdPids().find((pid) => !known.has(pid)) ?? null };
}
