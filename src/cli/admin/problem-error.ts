import * as v from "valibot";
import { CommandError } from "../command/command-error.ts";

const problemShape = v.object({ code: v.string(), title: v.string(), detail: v.string() });

/**
 * What the gateway's own error (docs/errors.md) means for who runs a command. Undefined: it is not the gateway's.
 *
 * @param answer the JSON that came with a status other than 2xx
 * @param secretFrom where the secret was read, such as `.dev.vars`
 */
export function problemError(
  gateway: string,
  answer: unknown,
  secretFrom: string,
): CommandError | "no-such-path" | undefined {
  const parsed = v.safeParse(problemShape, answer);
  if (!parsed.success) return undefined;
  const { code, title, detail } = parsed.output;
  switch (code) {
    case "no-such-path":
      return code;
    case "unauthorized":
      return new CommandError(
        `${gateway} refuses TIDEMARK_ADMIN_SECRET of ${secretFrom}`,
        "A deployed gateway has what wrangler secret put has set; the environment goes before .dev.vars",
        { exitCode: 4 },
      );
    case "secret-not-set":
    case "secret-too-short": {
      const what = code === "secret-not-set" ? "has no TIDEMARK_ADMIN_SECRET" : "has too short a secret";
      const hint = "openssl rand -hex 32 makes one: npx wrangler secret put TIDEMARK_ADMIN_SECRET";
      return new CommandError(`${gateway} ${what}, so it refuses everybody`, hint, { exitCode: 4 });
    }
    default:
      return new CommandError(`${lowered(title)}: ${detail}`, `docs/errors.md describes ${code}`);
  }
}

function lowered(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
