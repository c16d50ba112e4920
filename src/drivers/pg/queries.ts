import type { DriverReads, Forbidden, Request } from "../read/driver-reads.ts";
import { NotHere } from "../read/plans.ts";
import { keepResult, resultOf, TEXTS } from "./answers.ts";
import { delivered, queryCall, type TextCall } from "./call.ts";
import { type Borrow, catalogueOf } from "./catalogue.ts";
import { type Connection, connectionOf, effectOfText } from "./connection.ts";
import { sentParameters } from "./parameters.ts";
import type { PgClient, PgResult, PgTypes, PooledClient } from "./shapes.ts";

/** What was asked for an entry: texts, and what is known of the connection. */
interface TextAnswer {
  readonly result: PgResult;
  readonly isStorable: boolean;
  readonly types: PgTypes | undefined;
}

/** Answers statements as `query` of a driver does. */
export class Queries {
  readonly reads: DriverReads;
  /** Why nothing is cached now in this view. */
  readonly forbidden: () => Forbidden;
  /** The parsers of callers who bring none. */
  readonly types: () => PgTypes;

  constructor(reads: DriverReads, forbidden: () => Forbidden, types: () => PgTypes) {
    this.reads = reads;
    this.forbidden = forbidden;
    this.types = types;
  }

  with(reads: DriverReads): Queries {
    return new Queries(reads, this.forbidden, this.types);
  }

  get fresh(): Queries {
    return new Queries(this.reads, () => "fresh", this.types);
  }

  /**
   * A statement, from the cache if it may.
   *
   * @param on lends a connection. `sent` is to be called when the statement has been handed to it
   * @param client the connection that was asked, if it is known which
   */
  read(
    call: TextCall,
    forbidden: Forbidden,
    send: () => Promise<PgResult>,
    on: Borrow,
    client?: PgClient,
  ): Promise<PgResult> {
    const { sql, asArrays, isPlain } = call;
    const { values, key } = sentParameters(call.values);
    const shape = (types: PgTypes | undefined) => ({ asArrays, types: call.types ?? types ?? this.types() });
    const request: Request<TextAnswer, PgResult> = {
      ...{ sql, parameters: values, parameterKey: isPlain ? key : undefined, shape: "text", send },
      // Over the same connection: a pool may have no other.
      catalogue: catalogueOf(onProven(on)),
      // What is answered from the cache must be what this connection would answer.
      ...(client && { forbidden: () => connectionOf(client).verified(client) }),
      ask: () => on((client, sent) => ask(client, call, values, sent)),
      keep: ({ result, isStorable }) => (isStorable ? keepResult(result) : undefined),
      direct({ result, types }) {
        const kept = keepResult(result);
        return kept && resultOf(kept, shape(types));
      },
      decode: (value, ageMs) => ({
        ...resultOf(value as NonNullable<ReturnType<typeof keepResult>>, shape(undefined)),
        ...{ cached: true, cacheAgeMs: Math.round(ageMs) },
      }),
    };
    return this.reads.read(request, forbidden ?? this.forbidden());
  }
}

/** Names mean to others what they mean on a connection only if this is as its pool made it. */
function onProven(on: Borrow): Borrow {
  return (work) =>
    on(async (client, sent) => {
      const forbidden = await connectionOf(client).verified(client);
      if (forbidden !== undefined) throw new NotHere(forbidden);
      return work(client, sent);
    });
}

/** Sends a statement as it came. */
export function sendOver(client: PgClient, ...given: readonly unknown[]): Promise<PgResult> {
  connectionOf(client).sends();
  return client.query(...given);
}

async function ask(
  client: PgClient,
  { sql, name }: TextCall,
  values: readonly unknown[],
  sent: () => void,
): Promise<TextAnswer> {
  // Noted by now is all that is sent before, and nothing else is sent until this is.
  const isStorable = (await connectionOf(client).verified(client)) === undefined;
  const config = { text: sql, values, rowMode: "array", types: TEXTS, ...(name !== undefined && { name }) };
  const asking = client.query(config) as Promise<PgResult>;
  sent();
  const result = await asking;
  const { getTypeParser } = client as Partial<PooledClient>;
  const types = getTypeParser && { getTypeParser: getTypeParser.bind(client) as PgTypes["getTypeParser"] };
  return { result, isStorable, types };
}

/** `query` of one connection. Statements are sent in the order of their calls, whatever is asked in between. */
export function clientQuery(queries: Queries, client: PgClient, given: readonly unknown[]): unknown {
  const connection = connectionOf(client);
  const call = queryCall(given);
  const forbidden = connection.forbidden(client);
  connection.note(call.sql === "" ? "lasting" : effectOfText(call.sql));
  if (call.kind === "opaque") {
    return inTurn(connection, () => opaque(queries, call.sql, given[0], () => sendOver(client, ...given)));
  }
  const send = () => sendOver(client, call.config);
  const { reads } = queries;
  if (reads.state.plans.of(call.sql).mayWrite) {
    return delivered(
      reads.write(call.sql, () => inTurn(connection, send)),
      call.callback,
    );
  }
  const turn = turnOf(connection);
  const answering = (async () => {
    await turn.before;
    try {
      return await queries.read(
        call,
        forbidden,
        sentNow(turn, send),
        (work) => work(client, turn.end),
        client,
      );
    } finally {
      turn.end();
    }
  })();
  return delivered(answering, call.callback);
}

/** The turn ends as soon as the statement has been handed to the driver, which keeps the order from there. */
function sentNow<T>(turn: Turn, send: () => Promise<T>): () => Promise<T> {
  return () => {
    const sending = send();
    turn.end();
    return sending;
  };
}

interface Turn {
  readonly before: Promise<void> | undefined;
  readonly end: () => void;
}

function turnOf(connection: Connection): Turn {
  const before = connection.tail;
  const { promise, resolve } = Promise.withResolvers<void>();
  connection.tail = promise;
  // Registered before whatever waits for it, so that nothing overtakes that.
  promise.then(() => {
    if (connection.tail === promise) connection.tail = undefined;
  });
  return { before, end: resolve };
}

/** Does it at once, or behind what is being decided. */
function inTurn<T>({ tail }: Connection, work: () => T): T {
  // A stream is given back as it is; a caller who does not wait for what was asked before gets it in its place.
  return tail === undefined ? work() : (tail.then(work) as T);
}

/** A cursor or a stream: whether it writes, and when it ends, only itself knows. */
export function opaque<T>({ reads }: Queries, sql: string, query: unknown, send: () => T): T {
  const { state } = reads;
  reads.report({ type: "pass-through", sql, reason: "stream", detail: "" });
  if (sql !== "" && !state.plans.of(sql).mayWrite) return send();
  const wrote = () => state.writes.wrote();
  wrote();
  const emitter = query as { once?: (event: string, listener: () => void) => void } | null | undefined;
  if (typeof emitter?.once === "function") for (const event of ["end", "error"]) emitter.once(event, wrote);
  return send();
}
