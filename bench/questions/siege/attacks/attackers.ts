/** The hostile clients, in a low-priority process so that their own CPU time does not disturb the readers. */
import { getPriority, setPriority } from "node:os";
import postgres from "postgres";
import { hash32 } from "../../../../src/runtime/hash.ts";
import { answerOrders } from "../../../harness/load/child.ts";
import { Draw } from "../../workload/trace/draw.ts";
import { type Answer, outcomeOf, read } from "../load/client.ts";
import { whenDue } from "../load/due.ts";
import { attacksNamed } from "./all.ts";
import type { Attack, AttackFigures, HttpAttack, SqlAttack } from "./attack.ts";

export interface AttackOrder {
  readonly urls: readonly string[];
  readonly databaseUrl: string;
  /** Names of the attacks. The first reads and writes of each are the same in every run. */
  readonly names: readonly string[];
  /** Multiplies the attacks' own rates. */
  readonly intensity: number;
  readonly forMs: number;
  /** The deadline of a read, in milliseconds: without an answer by then it is an error. */
  readonly patienceMs: number;
}

export interface AttackResult {
  readonly attacks: readonly AttackFigures[];
}

const NICER = 5;
/** Node, like most servers, refuses larger heads. */
const LONGEST_HEAD = 16_384;

setPriority(Math.min(getPriority() + NICER, 19));
let sql: postgres.Sql | undefined;
let token = "";

answerOrders<AttackOrder, AttackResult>(run, async () => sql?.end({ timeout: 1 }));

async function run(order: AttackOrder): Promise<AttackResult> {
  sql ??= postgres(order.databaseUrl, { max: 4, onnotice: () => {} });
  const attacks = attacksNamed(order.names, []);
  return { attacks: await Promise.all(attacks.map((attack) => carryOut(attack, order))) };
}

async function carryOut(attack: Attack, order: AttackOrder): Promise<AttackFigures> {
  const tally = new Tally(attack.name);
  const underWay = new Set<Promise<void>>();
  // One statement at a time: a row has one lock.
  const atOnce = attack.kind === "sql" ? 1 : attack.atOnce;
  // Independent clients, so Poisson arrivals: with fixed gaps all attacks would strike in the same millisecond, again and
  // again, and two cores would be busy with that one moment.
  const draw = new Draw(hash32(attack.name));
  let n = 0;
  await whenDue(
    order.forMs,
    // The first is due at once, so that even a short siege has all of them.
    () => (n === 0 ? 0 : draw.gap(attack.perSecond * order.intensity)),
    () => {
      if (underWay.size >= atOnce) {
        tally.heldBack++;
        return;
      }
      const number = n++;
      const act = attack.kind === "sql" ? write(attack, number, tally) : shoot(attack, number, order, tally);
      underWay.add(act);
      void act.finally(() => underWay.delete(act));
    },
  );
  await Promise.all(underWay);
  return tally.figures();
}

async function write(attack: SqlAttack, n: number, tally: Tally): Promise<void> {
  await (sql as postgres.Sql).unsafe(attack.statement(n)).then(
    () => tally.answer("done"),
    (error: Error) => tally.answer(error.message),
  );
}

async function shoot(
  attack: HttpAttack,
  n: number,
  { urls, patienceMs }: AttackOrder,
  tally: Tally,
): Promise<void> {
  const { target, from, headers = {}, leavesAfterMs } = attack.shot(n, { token });
  const signal = AbortSignal.timeout(leavesAfterMs ?? patienceMs);
  try {
    const answer = await read({ url: urls[n % urls.length] ?? "", target, from, headers, signal });
    const given = answer.headers["tidemark-token"];
    if (typeof given === "string") token = given;
    tally.answer(labelOf(answer), isOwnError(answer));
  } catch (error) {
    const head = target.length + Object.values(headers).join("").length;
    if (leavesAfterMs !== undefined) tally.answer("left");
    else if (signal.aborted) tally.answer("no answer", true);
    else tally.answer((error as NodeJS.ErrnoException).code ?? String(error), head <= LONGEST_HEAD);
  }
}

function labelOf(answer: Answer): string {
  return `${answer.status} ${outcomeOf(answer)}`;
}

/** The database's errors are JSON, Tidemark's are problems. */
function isOwnError({ headers }: Answer): boolean {
  return String(headers["content-type"]).startsWith("application/problem+json");
}

class Tally {
  heldBack = 0;
  readonly #name: string;
  readonly #answers: Record<string, number> = {};
  #sent = 0;
  #ownErrors = 0;

  constructor(name: string) {
    this.#name = name;
  }

  answer(label: string, isOwnError = false): void {
    this.#sent++;
    this.#answers[label] = (this.#answers[label] ?? 0) + 1;
    if (isOwnError) this.#ownErrors++;
  }

  figures(): AttackFigures {
    return {
      name: this.#name,
      sent: this.#sent,
      heldBack: this.heldBack,
      answers: this.#answers,
      ownErrors: this.#ownErrors,
    };
  }
}
