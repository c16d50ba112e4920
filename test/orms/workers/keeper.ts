import { libraryKeeper } from "../../../src/fence/library-fence.ts";
import { toldChanges } from "./told.ts";

export const Keeper = libraryKeeper((env: { readonly CAPTURED: D1Database }) => toldChanges(env.CAPTURED));

export default { fetch: () => new Response() };
