import type { MirrorsConfig } from "../config/config.ts";
import { type Region, regionOf, type Whereabouts } from "./region.ts";

/** Cloudflare tells where a reader is, not where this isolate is: most of its first readers are near. */
const REQUESTS_ASKED = 16;

interface NearestMirrorSettings extends MirrorsConfig {
  /** Where the keeper is; null: nobody has said. */
  readonly keeperRegion: Region | null;
  /** From 0 to 1, at random: which of its region's mirrors this isolate asks. */
  readonly share: number;
}

/** Which mirror this isolate asks (M6). */
export class NearestMirror {
  readonly #settings: NearestMirrorSettings;
  readonly #votes = new Map<Region, number>();
  #left = REQUESTS_ASKED;
  #name: string | null = null;
  #isNear = false;

  constructor(settings: NearestMirrorSettings) {
    this.#settings = settings;
  }

  /** By its Durable Object's name; null: the keeper is as near, or it is not known where this isolate is. */
  get name(): string | null {
    return this.#name;
  }

  /** Whether whoever this isolate asks is in its own region: a mirror, or the keeper itself. */
  get isNear(): boolean {
    return this.#isNear;
  }

  /** Whether it wants to know where requests come from: an isolate's first ones only. */
  get isLooking(): boolean {
    return this.#left > 0;
  }

  /** A request has come from here. */
  see(whereabouts: Whereabouts | undefined): void {
    if (!this.isLooking) return;
    this.#left--;
    const region = whereabouts && regionOf(whereabouts);
    if (!region) return;
    this.#votes.set(region, (this.#votes.get(region) ?? 0) + 1);
    const [most] = [...this.#votes].reduce((best, each) => (each[1] > best[1] ? each : best));
    this.#name = this.#nameIn(most);
    this.#isNear = this.#name !== null || most === this.#settings.keeperRegion;
  }

  #nameIn(region: Region): string | null {
    const { perRegion, keeperRegion, share } = this.#settings;
    // Where one mirror is not enough, the keeper would not be, either.
    if (region === keeperRegion && perRegion === 1) return null;
    return `${region}-${Math.floor(share * perRegion)}`;
  }
}
