import { defineCommand } from "citty";
import { RelayOptionsError, type RelayOptionsErrorCode } from "../../relay/options.ts";
import { type RelayEvent, relay } from "../../relay/relay.ts";
import { CommandError } from "../command/command-error.ts";
import { strictFlags } from "../command/strict-flags.ts";

const args = {
  "database-url": { type: "string", valueHint: "postgres://…", description: "The database ($DATABASE_URL)" },
  gateway: { type: "string", valueHint: "url", description: "The gateway's address ($TIDEMARK_GATEWAY_URL)" },
} as const;

/** `tidemark relay`: runs until SIGINT or SIGTERM, and prints a line for each event. */
export const relayCommand = defineCommand({
  meta: { name: "relay", description: "Listens to the database's notifications, and nudges the gateway" },
  args,
  plugins: [strictFlags("relay", args)],
  async run({ args }) {
    const stopping = new AbortController();
    // Once, so that a second Ctrl-C ends the process in any case.
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopping.abort());
    const options = {
      databaseUrl: needed(args["database-url"], "DATABASE_URL", "--database-url"),
      gateway: needed(args.gateway, "TIDEMARK_GATEWAY_URL", "--gateway"),
      secret: needed(undefined, "TIDEMARK_NUDGE_SECRET"),
      signal: stopping.signal,
      onEvent: (event: RelayEvent) => console.log(lineOf(event)),
    };
    await relay(options).catch((error: unknown) => {
      if (!(error instanceof RelayOptionsError)) throw error;
      throw new CommandError(error.message, FIXES[error.code], { exitCode: 2, cause: error });
    });
  },
});

const SECRET = "Export TIDEMARK_NUDGE_SECRET as tidemark sql --nudge notify printed it: whsec_ and base64";

const FIXES: Readonly<Record<RelayOptionsErrorCode, string>> = {
  "bad-secret": SECRET,
  "secret-too-short": SECRET,
  "bad-gateway": "For example: --gateway https://cache.example.com",
  "bad-database-url": "Its user, password and name are those of your database; a list of hosts will not do",
};

function needed(flag: string | undefined, variable: string, name?: string): string {
  const value = flag ?? process.env[variable]?.trim();
  if (value) return value;
  // The secret has no flag: anyone who lists processes could see it.
  const hint = name === undefined ? `Export ${variable}` : `Give ${name}, or export ${variable}`;
  throw new CommandError(`${variable} is not set`, hint, { exitCode: 2 });
}

/** `2026-11-17T10:00:00.000Z reconnecting inMs=250 reason="the connection was closed"` */
function lineOf({ kind, ...details }: RelayEvent): string {
  const words = Object.entries(details).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [new Date().toISOString(), kind, ...words].join(" ");
}
