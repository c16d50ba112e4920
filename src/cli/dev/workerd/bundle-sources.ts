import { SourceMap } from "node:module";
import type { BuildOptions, OutputFile } from "esbuild";
import { WORKER_BUNDLE } from "./bundle.ts";

/** The name under which workerd runs a bundle, and which is in its stack traces. Nobody's own file has it. */
export const BUNDLE_NAME = "tidemark-bundle.js";

/** As `WORKER_BUNDLE`, with a source map beside it. */
export const MAPPED_BUNDLE = {
  ...WORKER_BUNDLE,
  sourcemap: "external",
  sourcesContent: false,
  outfile: BUNDLE_NAME,
} as const satisfies BuildOptions;

/** A bundle that was built so, and what it was made of. */
export function bundleOf(outputFiles: readonly OutputFile[]): { code: string; sources: BundleSources } {
  const textOf = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";
  return { code: textOf(".js"), sources: new BundleSources(textOf(".js.map")) };
}

/** `  at file:///home/me/site/tidemark-bundle.js:6:9` or, of an error while workerd starts, `  at tidemark-bundle.js:6:9` */
const PLACE = /(?:file:\/\/[^\s()]*\/)?\btidemark-bundle\.js:(\d+):(\d+)/g;

/** The files that a bundle was made of. */
export class BundleSources {
  readonly #map: SourceMap;

  /** @param map esbuild's, as JSON, whose paths are relative to the folder of this process */
  constructor(map: string) {
    this.#map = new SourceMap(JSON.parse(map));
  }

  /** What workerd logs, with files and lines in place of the bundle's: `worker.ts:3:9`. */
  named(logged: string): string {
    return logged.replace(PLACE, (place, line, column) => {
      const found = this.#map.findEntry(Number(line) - 1, Number(column) - 1);
      if (!("originalSource" in found)) return place;
      return `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
    });
  }
}
