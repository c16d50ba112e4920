import type { HealthAnswer } from "./types.ts";

/** The gateway's health, which needs no secret; undefined when it cannot be read. */
export async function publicHealth(): Promise<HealthAnswer | undefined> {
  try {
    const response = await fetch("/_tidemark/health", { cache: "no-store", redirect: "error" });
    return response.ok ? ((await response.json()) as HealthAnswer) : undefined;
  } catch {
    return undefined;
  }
}
