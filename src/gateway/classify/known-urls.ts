import { REST } from "../../keeper/protocol/constants.ts";
import { contentLocation } from "../../postgrest/query/content-location.ts";
import { Lru } from "../../runtime/lru.ts";
import type { Target } from "../http/request/target.ts";
import type { Classified } from "./classify.ts";

const REMEMBERED = { maxEntries: 4_000, maxBytes: 4_194_304 };

/** Requests for one URL differ in their headers. This many kinds are remembered. */
const KINDS_A_URL = 16;

/** Text is stored here and again in what it was parsed into, with some objects around it. */
const BYTES_A_CHARACTER = 4;
const BYTES_A_KIND = 800;

export interface KnownUrl {
  readonly url: string;
  readonly target: Target;
  /** By the terms of the inspected headers. */
  readonly classified: Map<string, Classified>;
  /** The `Content-Location` that PostgREST would send for this URL; null when that is not known. */
  readonly contentLocation: string | null;
  bytes: number;
}

/** What an isolate has found out about URLs, so that a hit parses nothing. */
export class KnownUrls {
  readonly #urls = new Lru<KnownUrl>(REMEMBERED);

  get(url: string): KnownUrl | undefined {
    return this.#urls.get(url);
  }

  add(url: string, target: Target): KnownUrl {
    const known = { url, target, classified: new Map(), contentLocation: locationOf(target), bytes: 0 };
    this.#weigh(known, url.length * 2);
    return known;
  }

  remember(known: KnownUrl, terms: string, classified: Classified): void {
    if (known.classified.size >= KINDS_A_URL) {
      known.classified.clear();
      known.bytes = 0;
    }
    known.classified.set(terms, classified);
    this.#weigh(known, known.url.length + terms.length);
  }

  #weigh(known: KnownUrl, characters: number): void {
    known.bytes += BYTES_A_KIND + characters * BYTES_A_CHARACTER;
    this.#urls.set(known.url, known, known.bytes);
  }
}

function locationOf({ path, search }: Target): string | null {
  const relation = path.slice(REST.length + 1);
  return contentLocation(decodeURIComponent(relation), search) ?? null;
}
