/** Where a Worker of this bench tells how often it has called the keeper, by method. */
export const CALLS_PATH = "/bench/keeper-calls";
