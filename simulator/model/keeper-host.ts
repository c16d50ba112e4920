import type { KeeperSettings } from "../../src/keeper/ports/settings.ts";
import { BELIEVED_FOR_MS } from "../../src/keeper/protocol/constants.ts";
import { Random } from "../../testing/random.ts";
import type { KeeperObject, KvBinding } from "../build.ts";
import { Machine } from "../platform/scope.ts";
import { Storage } from "../platform/storage.ts";
import type { Audited } from "./auditor.ts";
import { Instance, type NudgeMirror } from "./instance.ts";
import type { Server } from "./server.ts";

/** An alarm that throws is run again. */
const ALARM_RETRY_MS = 2_000;

/** The keeper's Durable Object: one storage and one instance after another, at times two at once. */
export class KeeperHost {
  readonly #conditions: Audited;
  readonly #server: Server;
  readonly #kv: KvBinding;
  readonly #settingsOf: (configHash: string) => KeeperSettings;
  readonly #nudgeMirror: NudgeMirror;
  #configHash = "config-0";
  #storage: Storage;
  #owner: Instance | null = null;
  readonly #superseded = new Set<Instance>();
  #alarmAt = Number.POSITIVE_INFINITY;
  #cancelAlarm = () => {};
  #ringing: Promise<void> = Promise.resolve();
  /** Who was superseded last proves nothing after this; with its storage that is lost. */
  #believedUntil = Number.NEGATIVE_INFINITY;
  #hasLost = false;

  constructor(
    conditions: Audited,
    server: Server,
    kv: KvBinding,
    settingsOf: (configHash: string) => KeeperSettings,
    nudgeMirror: NudgeMirror,
  ) {
    this.#nudgeMirror = nudgeMirror;
    this.#conditions = conditions;
    this.#server = server;
    this.#kv = kv;
    this.#settingsOf = settingsOf;
    this.#storage = this.#emptyStorage();
  }

  get configHash(): string {
    return this.#configHash;
  }

  /**
   * Whether the owner cannot tell that an earlier instance is not believed any more: the storage that says so is lost, or
   * its clock was set forward.
   */
  get isInDoubt(): boolean {
    const isLost = this.#hasLost && this.#conditions.timeline.now < this.#believedUntil;
    return isLost || (this.#owner?.scope.machine.forward ?? 0) > 0;
  }

  /** The instance that owns the storage; started on its first call. */
  get owner(): Instance {
    this.#owner ??= this.#start();
    return this.#owner;
  }

  /** Most calls meet the owner, some a superseded instance that does not know it. */
  call<T>(random: Random, work: (object: KeeperObject) => Promise<T>): Promise<T> {
    const { weather } = this.#conditions;
    const [old] = this.#superseded;
    const strays = old !== undefined && weather.happens("to-another-instance", random);
    return (strays ? old : this.owner).call(random, work);
  }

  /** The instance is gone; the next one starts on the same storage, or on an empty one. */
  crash(storageLost: boolean): void {
    this.#owner?.end();
    this.#owner = null;
    if (!storageLost) return;
    this.#hasLost = true;
    this.#conditions.orders.storageLost();
    this.#storage.close();
    this.#storage = this.#emptyStorage();
    this.#alarmAt = Number.POSITIVE_INFINITY;
    this.#cancelAlarm();
  }

  /** Another instance takes over, and this one goes on answering for a while. */
  supersede(lasts: number): void {
    const old = this.#owner;
    if (!old) return;
    this.#storage = old.storage.supersede(() => old.end());
    this.#believedUntil = this.#conditions.timeline.now + BELIEVED_FOR_MS;
    this.#hasLost = false;
    this.#superseded.add(old);
    this.#owner = null;
    this.#conditions.timeline.after(lasts, () => old.end());
  }

  stall(lasts: number): void {
    this.owner.scope.sleep(this.#conditions.timeline.now + lasts);
  }

  /** Deploys another configuration. Isolates of the previous one live on for a while. */
  deploy(configHash: string): void {
    this.#configHash = configHash;
    this.crash(false);
  }

  end(): void {
    this.crash(false);
    for (const old of this.#superseded) old.end();
  }

  close(): void {
    this.#storage.close();
  }

  #emptyStorage(): Storage {
    return new Storage((value) => this.#conditions.auditor.stored(value));
  }

  #start(): Instance {
    const { random, settings } = this.#conditions;
    const machine = new Machine(settings.isCalm ? 7_654.25 : (random.next() - 0.5) * 20_000);
    this.#conditions.objects.push(machine);
    return new Instance({
      conditions: this.#conditions,
      server: this.#server,
      kv: this.#kv,
      storage: this.#storage,
      settings: this.#settingsOf(this.#configHash),
      nudgeMirror: this.#nudgeMirror,
      machine,
      random: Random.spread(random.below(2 ** 31)),
      setAlarm: (time) => this.#setAlarm(time),
      ended: (instance) => {
        this.#superseded.delete(instance);
        if (this.#owner === instance) this.#owner = null;
      },
    });
  }

  #setAlarm(time: number): void {
    this.#cancelAlarm();
    this.#alarmAt = time;
    this.#cancelAlarm = this.#conditions.timeline.at(time, () => this.#ring());
  }

  /** Runs the alarm at least once, even if the instance ends meanwhile, and one at a time: the next one waits. */
  async #ring(): Promise<void> {
    const { timeline, random } = this.#conditions;
    await this.#ringing;
    this.#alarmAt = Number.POSITIVE_INFINITY;
    const own = Random.spread(random.below(2 ** 31));
    this.#ringing = this.owner
      .call(own, (object) => object.alarm())
      .catch(() => {
        if (this.#alarmAt === Number.POSITIVE_INFINITY) this.#setAlarm(timeline.now + ALARM_RETRY_MS);
      });
  }
}
