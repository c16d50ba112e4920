import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { reasonOf } from "../../relay/reason.ts";
import { CommandError } from "../command/command-error.ts";

/** A request as supabase-js makes it. */
export interface LineRequest {
  readonly method: string;
  /** Path and query. */
  readonly query: string;
  /** Without the credentials, which are of nobody. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Whether an argument is a line such as `supabase.from("articles").select("id")`, and not a path or a URL. */
export function isSupabaseLine(argument: string): boolean {
  return /\.\s*(from|rpc|schema)\s*\(/.test(argument) && !/^(https?:\/)?\//.test(argument);
}

/**
 * The request that a line of supabase-js makes. The line is not parsed but run, with the supabase-js that the folder has
 * installed and a network that only takes notes, so the answer is exact, for that version.
 *
 * @throws CommandError when there is no supabase-js, or the line cannot be run or asks for nothing
 */
export async function requestOfLine(line: string, folder = process.cwd()): Promise<LineRequest> {
  const { createClient } = await importSupabase(folder);
  let taken: LineRequest | undefined;
  const supabase = createClient("http://tidemark.invalid", "nobody", {
    auth: { persistSession: false, autoRefreshToken: false },
    global: {
      fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
        const request = new Request(input, init);
        taken ??= requestOf(request);
        return Response.json([]);
      },
    },
  });
  try {
    // `const { data } = await supabase…;` is how such lines stand in code.
    const expression = line.replace(/^\s*(?:(?:const|let|var)\b[^=]*=)?\s*(?:return\s+)?(?:await\s+)?/, "");
    const run = new Function("supabase", `return (${expression.replace(/[;\s]+$/, "")});`);
    await run(supabase);
  } catch (error) {
    const hint =
      "It is run as it is: the client is named supabase, and variables need their values in the line";
    throw new CommandError(`the line cannot be run: ${reasonOf(error)}`, hint, { exitCode: 2, cause: error });
  }
  if (taken !== undefined) return taken;
  const hint = "It must be a whole read, such as supabase.from('articles').select('id')";
  throw new CommandError("the line asks for nothing", hint, { exitCode: 2 });
}

/** The gateway adds its own. */
const CREDENTIALS = new Set(["apikey", "authorization"]);

function requestOf(request: Request): LineRequest {
  const { pathname, search } = new URL(request.url);
  const headers = [...request.headers].filter(([name]) => !CREDENTIALS.has(name));
  return { method: request.method, query: pathname + search, headers: Object.fromEntries(headers) };
}

interface SupabaseModule {
  createClient(url: string, key: string, options: object): unknown;
}

async function importSupabase(folder: string): Promise<SupabaseModule> {
  try {
    const path = createRequire(join(folder, "package.json")).resolve("@supabase/supabase-js");
    const module = (await import(pathToFileURL(path).href)) as SupabaseModule & { default?: SupabaseModule };
    return module.default?.createClient === undefined ? module : module.default;
  } catch (error) {
    const hint = "npm install --save-dev @supabase/supabase-js, or give the path that the line asks for";
    throw new CommandError("a line of supabase-js needs @supabase/supabase-js in this folder", hint, {
      exitCode: 2,
      cause: error,
    });
  }
}
