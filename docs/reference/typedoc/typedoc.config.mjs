import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Application, Converter, ReflectionKind } from "typedoc";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const { name, exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

/** The package's entries: as one imports them → their source, relative to `src`. */
const entries = Object.entries(exports)
  .filter(([, entry]) => typeof entry === "object")
  .map(([path, { types }]) => [path.replace(".", name), types.slice("./dist/".length, -".d.ts".length)]);

/** Modules are called as one imports them, not by the path of their source. */
function nameByEntry(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      const entry = entries.find(([, source]) => module.name === source);
      if (!entry) throw new Error(`no entry of the package has the source ${module.name}`);
      module.name = entry[0];
    }
  });
}

/** An export without a docstring fails `npm run reference:check`; members of a type may speak for themselves. */
function findGaps(app) {
  app.on(Application.EVENT_VALIDATE_PROJECT, (project) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      for (const item of module.children ?? []) {
        const described = [item, ...(item.signatures ?? [])].some((part) => part.hasComment());
        if (!described && item.kind !== ReflectionKind.Reference)
          app.logger.validationWarning(`${item.getFriendlyFullName()} has no docstring`);
      }
    }
  });
}

export default {
  entryPoints: entries.map(([, source]) => `${root}src/${source}.ts`),
  tsconfig: `${root}tsconfig.build.json`,
  plugin: ["typedoc-plugin-markdown", nameByEntry, findGaps],
  out: `${root}docs/reference/api`,
  readme: "none",
  name: "API reference",
  outputFileStrategy: "modules",
  flattenOutputFiles: true,
  entryFileName: "README",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  hideGenerator: true,
  disableSources: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  excludeExternals: true,
  useCodeBlocks: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  propertyMembersFormat: "table",
  validation: { notExported: false, invalidLink: true, notDocumented: false },
};
