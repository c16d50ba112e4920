import type { OriginAnswer } from "../../src/keeper/ports/ports.ts";
import type { KeeperSettings } from "../../src/keeper/ports/settings.ts";
import type { CacheableRead } from "../../src/keeper/protocol/entry.ts";
import type { Position } from "../../src/keeper/protocol/position.ts";
import type { Random } from "../../testing/random.ts";
import { ambient } from "../../testing/time/scope.ts";
import type { KeeperObject, KeeperParts, KvBinding } from "../build.ts";
import { ROLES } from "../database/people.ts";
import { EPOCH } from "../platform/clock.ts";
import { here, type Machine, MachineScope } from "../platform/scope.ts";
import type { Storage } from "../platform/storage.ts";
import type { Audited } from "./auditor.ts";
import { dated } from "./orders.ts";
import type { Server } from "./server.ts";

export type NudgeMirror = (mirror: string, position: Position, random: Random) => Promise<void>;

interface InstanceParts {
  readonly conditions: Audited;
  readonly server: Server;
  readonly kv: KvBinding;
  readonly storage: Storage;
  readonly settings: KeeperSettings;
  readonly nudgeMirror: NudgeMirror;
  readonly machine: Machine;
  readonly random: Random;
  /** In true time. */
  readonly setAlarm: (time: number) => void;
  readonly ended: (instance: Instance) => void;
}

/** One instance of the keeper's Durable Object, of the real class. */
export class Instance {
  readonly scope: MachineScope;
  readonly storage: Storage;
  readonly #parts: InstanceParts;
  readonly #object: KeeperObject;
  #ready: Promise<void> = Promise.resolve();
  /** For each key, until when an origin request of this instance is regarded as in flight. */
  readonly #asking = new Map<string, number>();

  constructor(parts: InstanceParts) {
    this.#parts = parts;
    this.storage = parts.storage;
    const { timeline, build } = parts.conditions;
    this.scope = new MachineScope(timeline, parts.machine, parts.random);
    const Keeper = build.keeperClass(() => this.#keeperParts());
    this.#object = ambient.run(this.scope, () => new Keeper(this.#state(), null));
  }

  /** Runs a call in the instance; rejects if that ends meanwhile. The answer waits for writes to be durable. */
  async call<T>(random: Random, work: (object: KeeperObject) => Promise<T>): Promise<T> {
    const answer = ambient.run(this.scope.within(random), async () => {
      await this.#ready;
      return work(this.#object);
    });
    try {
      return await Promise.race([answer, this.scope.ending]);
    } finally {
      if (!this.scope.ended) this.storage.confirm();
    }
  }

  end(): void {
    if (this.scope.ended) return;
    this.scope.end();
    this.storage.crash();
    this.#parts.ended(this);
  }

  #state() {
    const { storage, machine, setAlarm } = this.#parts;
    return {
      storage: {
        sql: storage.sql,
        transactionSync: <T>(body: () => T) => storage.transactionSync(body),
        setAlarm: (time: number) => {
          storage.write();
          setAlarm(time - EPOCH - machine.offset);
        },
      },
      blockConcurrencyWhile: (work: () => Promise<void>) => {
        this.#ready = work();
        this.#ready.catch(() => this.end());
      },
      abort: () => this.end(),
    };
  }

  #keeperParts(): KeeperParts {
    const { settings, server, kv, conditions, nudgeMirror } = this.#parts;
    const ask = <T>(asking: (random: Random) => Promise<T>) => {
      this.storage.confirm();
      const scope = here();
      return scope.own(asking(scope.random));
    };
    return {
      settings,
      origin: {
        fetch: (read, token) => ask((random) => this.#fetch(read, token, random)),
        whoami: (token, paths) => ask((random) => server.whoami(token, paths, random)),
      },
      store: {
        put: (key, entry, seconds) =>
          ask(() => {
            const isThere = conditions.auditor.sentToKv(key, entry);
            return conditions.build.putEntry(kv, key, entry, seconds).then(isThere);
          }),
      },
      digest: conditions.build.keyedDigest(crypto.getRandomValues(new Uint8Array(32))),
      database: {
        question: { tables: [], reader: null, roles: conditions.settings.signedIn ? ROLES : [] },
        schema: () => ask((random) => server.schema(random)),
        changes: (request) => ask((random) => server.changes(request, random)),
        prune: () => ask((random) => server.prune(random)).then(() => {}),
      },
      nudgeMirror: (mirror, position) => ask((random) => nudgeMirror(mirror, position, random)),
    };
  }

  /** More than one at a time for a key, in one instance, breaks I3. */
  async #fetch(read: CacheableRead, token: string | null, random: Random): Promise<OriginAnswer> {
    const { conditions, server, settings } = this.#parts;
    const { timeline, violated } = conditions;
    if ((this.#asking.get(read.key) ?? Number.NEGATIVE_INFINITY) > timeline.now)
      violated(`I3. two origin requests at a time for ${read.path}`);
    // The keeper gives up a request that outlives the flight's deadline: a named exception.
    const until = timeline.now + settings.flightDeadlineMs - 1.01;
    this.#asking.set(read.key, until);
    const askedAt = timeline.now;
    try {
      const answer = await (token === null
        ? server.read(read, random)
        : server.readSignedIn(read.path, token, random));
      if (answer.kind !== "response") return answer;
      return { ...answer, response: dated(answer.response, askedAt) };
    } finally {
      if (this.#asking.get(read.key) === until) this.#asking.delete(read.key);
    }
  }
}
