/** Statuses that have no body, which `Response` enforces (Fetch Standard §2.2.3). */
export const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
