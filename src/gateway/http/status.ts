/** Statuses without a body; `Response` enforces that (Fetch Standard §2.2.3). */
export const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
