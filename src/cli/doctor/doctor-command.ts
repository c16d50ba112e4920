import { defineCommand } from "citty";
import { databaseTarget } from "../../gateway/classify/database-target.ts";
import type { ConfigIssue, ResolvedConfig } from "../../gateway/config/config.ts";
import { schemaQuestionOf } from "../../gateway/config/keeper-settings.ts";
import { resolveSettings } from "../../gateway/config/settings.ts";
import { isTooShort } from "../../gateway/http/secret-strength.ts";
import type { DatabaseTarget } from "../../origin/ask-database.ts";
import { type Check, wrong } from "../check/check.ts";
import { inEnvironment } from "../check/in-environment.ts";
import { printChecks } from "../check/print.ts";
import { checkSettings } from "../check/settings-checks.ts";
import { CommandError } from "../command/command-error.ts";
import { DEADLINE_MS } from "../command/deadline.ts";
import { type Environment, readEnvironment } from "../command/environment.ts";
import { CONFIG_FILE, readConfig } from "../command/project.ts";
import { strictFlags } from "../command/strict-flags.ts";
import { AnswerTimes, slowAnswerChecks } from "./answer-times.ts";
import { askWholeSchema, type SchemaAnswer } from "./ask-schema.ts";
import { checkAudiences, type RoleAnswer } from "./audience-checks.ts";
import { checkD1 } from "./d1/d1-doctor.ts";
import { checkDatabase, refusalCheck } from "./database-checks.ts";
import { checkFunctions } from "./function-checks.ts";
import { checkGateway } from "./gateway-checks.ts";
import { checkProject } from "./project-check.ts";
import { checkRelations } from "./relation-checks.ts";
import { silentHeadersCheck } from "./silent-headers-check.ts";

const args = {
  config: { type: "string", valueHint: "file", description: `The gateway's configuration (${CONFIG_FILE})` },
  env: { type: "string", valueHint: "name", description: "An environment of wrangler.jsonc" },
  gateway: { type: "string", valueHint: "url", description: "A running gateway to check as well" },
  d1: {
    type: "string",
    valueHint: "database",
    description: "Check what is watched of a D1 database instead: its name or binding. Asks it with wrangler",
  },
  remote: { type: "boolean", description: "With --d1: ask Cloudflare's database, not the local one" },
  json: { type: "boolean", description: "For machines: { ok, checks: [{ name, severity, message, fix }] }" },
} as const;

/** `tidemark doctor`: checks what the keeper would find, one line per check. Exit code 1 when something is wrong. */
export const doctorCommand = defineCommand({
  meta: { name: "doctor", description: "Checks what is not captured, and says how to fix it" },
  args,
  plugins: [strictFlags("doctor", args)],
  async run({ args }) {
    const [withoutD1, withD1] = [args.remote !== undefined, args.config ?? args.gateway];
    if (args.d1 === undefined ? withoutD1 : withD1 !== undefined) {
      const message =
        args.d1 === undefined ? "--remote goes with --d1" : "--config and --gateway do not go with --d1";
      throw new CommandError(message, "tidemark doctor --help lists the options", { exitCode: 2 });
    }
    if (args.d1 !== undefined) {
      const target = { database: args.d1, remote: args.remote ?? false, env: args.env };
      return printChecks(await checkD1(target), args.json);
    }
    if (args.gateway !== undefined && !/^https?:\/\//.test(args.gateway)) {
      const hint = "For example: --gateway https://cache.example.com";
      throw new CommandError("--gateway is not an HTTP URL", hint, { exitCode: 2 });
    }
    const config = await readConfig(args.config);
    const environment = readEnvironment(args.env);
    const env = environment.settings;
    const checks = [
      ...checkSettings(environment, config.keys.shownAs, new Date()),
      silentHeadersCheck(config.headers),
      ...(await databaseChecks(config, env)),
      ...(args.gateway === undefined ? [] : await checkGateway(args.gateway, env)),
    ];
    printChecks(inEnvironment(checks, args.env), args.json);
  },
});

async function databaseChecks(config: ResolvedConfig, env: Environment): Promise<readonly Check[]> {
  const issues: ConfigIssue[] = [];
  const project = { ...config, ...resolveSettings(env, config.keys.shownAs, issues) };
  // The checks of the settings report what is missing.
  if (issues.length > 0) return [];
  const secret = env.TIDEMARK_CAPTURE_SECRET?.trim();
  if (!secret || isTooShort(secret)) return [await checkProject(project)];
  const keepers = databaseTarget(project, { token: env.TIDEMARK_CAPTURE_TOKEN, secret });
  const target = { ...keepers, deadlineMs: DEADLINE_MS };
  const times = new AnswerTimes();
  const answer = await times.of("tidemark_schema", () => askWholeSchema(target, schemaQuestionOf(config)));
  if ("kind" in answer) return [refusalCheck(answer, target)];
  if (config.tables.size + config.functions.size === 0) {
    return [
      wrong(
        "settings",
        "the configuration names no table, and no function",
        "Name the tables to cache: docs/configuration.md",
      ),
    ];
  }
  const checks = [
    ...(await checkDatabase(answer, target, times)),
    ...checkRelations(config, answer),
    ...checkFunctions(config, answer),
    ...(await audienceChecks(config, answer, target, times)),
  ];
  return [...checks, ...slowAnswerChecks(times.longest, keepers.deadlineMs)];
}

/** Asks for the schema as each role of those who sign in sees it, and judges that. */
async function audienceChecks(
  config: ResolvedConfig,
  answer: SchemaAnswer,
  target: DatabaseTarget,
  times: AnswerTimes,
): Promise<readonly Check[]> {
  const asked = config.audiences.roles.map(async (role) => {
    const question = { ...schemaQuestionOf(config), reader: role };
    const seen = await times.of("tidemark_schema", () => askWholeSchema(target, question));
    return "kind" in seen ? seen : { role, ...seen };
  });
  const answers: RoleAnswer[] = [];
  for (const seen of await Promise.all(asked)) {
    if ("kind" in seen) return [refusalCheck(seen, target)];
    answers.push(seen);
  }
  return checkAudiences(config, answer, answers);
}
