import { OUTBOX_FORM } from "../../capture/sql/constants.ts";
import { parsePage } from "../../keeper/changes/pull-page.ts";
import { PRUNE_OVERDUE_MS } from "../../keeper/protocol/constants.ts";
import { askChanges, askPrune, type DatabaseTarget } from "../../origin/ask-database.ts";
import { reasonOf } from "../../relay/reason.ts";
import { type Check, type CheckName, ok, warning, wrong } from "../check/check.ts";
import { isTimeout, silentFor } from "../command/deadline.ts";
import { type AnswerTimes, type DatabaseQuestion, fixOfSilence } from "./answer-times.ts";
import type { SchemaAnswer, SchemaRefusal } from "./ask-schema.ts";

const INSTALL = "Run tidemark sql, and run its output in the database";

/** Why the keeper cannot read the schema. */
export function refusalCheck(refusal: SchemaRefusal, target: DatabaseTarget): Check {
  const { url } = target;
  if (refusal.kind === "silent") return silenceCheck("schema", "tidemark_schema", target);
  if (refusal.kind === "foreign") {
    return wrong("schema", `${url} is not a PostgREST: ${refusal.reason}`, ADDRESS);
  }
  if (refusal.kind === "unreachable") {
    return wrong(
      "schema",
      `${url} cannot be reached: ${refusal.reason}`,
      "Check SUPABASE_URL, and that the project is not paused",
    );
  }
  if (refusal.kind === "unreadable") {
    const fix = `The database has functions of another version. ${INSTALL} again`;
    return wrong("schema", `tidemark_schema's answer cannot be read: ${refusal.reason}`, fix);
  }
  const { status, code, reason } = refusal;
  return wrong(
    "schema",
    `tidemark_schema answered ${status}: ${reason}`,
    fixOf(code, reason, status, target),
  );
}

const ADDRESS = "Check that SUPABASE_URL and origin.path lead to PostgREST";

function silenceCheck(name: CheckName, question: DatabaseQuestion, { deadlineMs }: DatabaseTarget): Check {
  return wrong(name, `${question} ${silentFor(deadlineMs)}`, fixOfSilence(question));
}

/** Codes are Postgres' or PostgREST's: https://docs.postgrest.org/en/stable/references/errors.html */
function fixOf(
  code: string,
  reason: string,
  status: number,
  { exposedSchema, anonRole }: DatabaseTarget,
): string {
  if (code === "PGRST202") {
    return `Run the migration of tidemark init, or the output of tidemark sql, in the database; its functions must be in the schema ${exposedSchema}. If it has run: notify pgrst, 'reload schema'`;
  }
  if (code === "PGRST106")
    return `PostgREST does not expose ${exposedSchema}, the first of schemas: change one of the two`;
  if (reason.startsWith("tidemark: ")) {
    return "The database has the hash of another secret: set TIDEMARK_CAPTURE_SECRET, run tidemark sql, and run its SQL";
  }
  if (code === "PGRST302")
    return "PostgREST has no anonymous role: check origin.key in tidemark.config.ts, or set TIDEMARK_CAPTURE_TOKEN";
  if (code.startsWith("PGRST30")) {
    return "TIDEMARK_CAPTURE_TOKEN is not signed with PostgREST's JWT secret: tidemark sql --jwt-secret-env NAME";
  }
  if (/role/.test(reason))
    return "The token's role must exist, and be granted to authenticator: tidemark sql does both";
  if (code === "42501") {
    return `Set TIDEMARK_CAPTURE_TOKEN (tidemark sql --jwt-secret-env NAME), or let ${anonRole} call: tidemark sql --caller ${anonRole}`;
  }
  if (status === 401 && code === "") return "Check SUPABASE_PUBLISHABLE_KEY: it must be this project's";
  if (status === 404) return `${ADDRESS}. If they do: ${INSTALL}`;
  // PostgREST's own errors have a code.
  if (status < 500 && code === "") return ADDRESS;
  return "The keeper would get the same answer; the project's logs may say more";
}

/**
 * The checks of the database as a whole.
 *
 * @param times gets how long the pull and the pruning took
 */
export async function checkDatabase(
  answer: SchemaAnswer,
  target: DatabaseTarget,
  times: AnswerTimes,
): Promise<readonly Check[]> {
  const checks = [
    ok("schema", "the keeper can read the schema"),
    ...functionsChecks(answer.functionsOwned, target.exposedSchema),
  ];
  if (answer.version === null) {
    const message =
      "capture is not installed: changes come as webhooks, and freshness counts from their arrival";
    return [...checks, warning("pull", message, `${INSTALL}, without --schema-only`)];
  }
  checks.push(await checkPull(target, times), ...formChecks(answer.outbox));
  if (checks.every(({ severity }) => severity !== "wrong")) checks.push(await checkPrune(target, times));
  checks.push(...nudgeObstacleChecks(answer.nudgeObstacle));
  checks.push(
    answer.ddl
      ? ok("ddl", "changes of the schema are noticed")
      : warning(
          "ddl",
          "there are no event triggers, so changes of the schema are not noticed",
          "Run select tidemark.schema_changed() after each migration, or run tidemark sql's SQL as a role that may create event triggers",
        ),
  );
  return checks;
}

/** @param form in which changes are told; undefined from an installation that knows no batches */
export function formChecks(form: number | null | undefined): readonly Check[] {
  const told = form ?? 1;
  if (told === OUTBOX_FORM) return [];
  const cost =
    told === 1
      ? "a statement of more than 500 rows refreshes every cached query of its table"
      : "statements of many rows cost their writers more";
  const older = `the database has the SQL of an older Tidemark: ${cost}`;
  const newer =
    "the database has the SQL of a newer Tidemark: what this one does not know of it counts as a change of the whole table";
  return [
    told < OUTBOX_FORM
      ? warning("capture", older, `${INSTALL} again`)
      : warning("capture", newer, "Upgrade tidemark, and deploy the Worker again"),
  ];
}

/** @param owned whether no other role can replace what the keeper calls; undefined when that is not known */
export function functionsChecks(owned: boolean | undefined, exposedSchema: string): readonly Check[] {
  if (owned !== false) return [];
  const message = `the schema ${exposedSchema}, or a tidemark_ function in it, belongs to another role than the schema tidemark: that role can learn the keeper's secret`;
  const fix =
    "See who owns them (\\dn, \\df tidemark_*), take ownership, and run tidemark sql with a new secret";
  return [wrong("functions", message, fix)];
}

/** @param obstacle why no nudges are sent although they are switched on; null when there is nothing to report */
export function nudgeObstacleChecks(obstacle: string | null): readonly Check[] {
  if (obstacle === null) return [];
  const fix =
    "Changes are found when a bound requires it. To get nudges: pg_net and --nudge-url, or max_prepared_transactions = 0";
  return [warning("nudge", `the database sends no nudges: ${obstacle}`, fix)];
}

/** Prunes what is due, as the keeper does, to see whether that works. */
async function checkPrune(target: DatabaseTarget, times: AnswerTimes): Promise<Check> {
  try {
    await times.of("tidemark_prune", () => askPrune(target));
    const { prunedAgo } = parsePage(await askChanges(target, { since: null, upto: null, after: null }));
    if (prunedAgo === null || prunedAgo <= PRUNE_OVERDUE_MS) return ok("prune", "the outbox is pruned");
    const when = Number.isFinite(prunedAgo) ? `for ${Math.round(prunedAgo / 60_000)} minutes` : "ever";
    const fix =
      "It may have much to do: run this again later. Otherwise a session holds a lock on tidemark.state: see pg_locks";
    return wrong("prune", `the outbox grows: it was not pruned to the end ${when}`, fix);
  } catch (error) {
    if (isTimeout(error)) return silenceCheck("prune", "tidemark_prune", target);
    return wrong(
      "prune",
      `the outbox grows: the keeper cannot prune it: ${reasonOf(error)}`,
      `${INSTALL} again`,
    );
  }
}

async function checkPull(target: DatabaseTarget, times: AnswerTimes): Promise<Check> {
  try {
    // Like a keeper's first pull. It only reads.
    const first = { since: null, upto: null, after: null };
    parsePage(await times.of("tidemark_changes", () => askChanges(target, first)));
    const took = Math.ceil(times.longest.get("tidemark_changes") ?? 0);
    return ok("pull", `the keeper can pull (${took} ms from here)`);
  } catch (error) {
    if (isTimeout(error)) return silenceCheck("pull", "tidemark_changes", target);
    const fix = /replica/.test(reasonOf(error)) ? "SUPABASE_URL must be the primary's" : `${INSTALL} again`;
    return wrong("pull", `the keeper cannot pull: ${reasonOf(error)}`, fix);
  }
}
