/**
 * The Worker that a module exports by default.
 *
 * @throws TypeError when it is none, which workerd prints as it starts
 */
export function assertWorker<Worker>(exported: Worker): Worker {
  const { fetch } = (exported ?? {}) as { readonly fetch?: unknown };
  if (typeof fetch === "function") return exported;
  throw new TypeError("the default export is not a Worker: export default createGateway(config).worker");
}
