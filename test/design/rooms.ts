import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { blockAfter, filesUnder, ROOT, textOf } from "./pages.ts";

export const CONFIG = "biome.rooms.json";

/** What each room may import, as docs/design/architecture.md lists it: `x` or `x/*`, relative to `src`. */
type Rooms = ReadonlyMap<string, readonly string[]>;

export function rooms(): Rooms {
  const lines = blockAfter(textOf("docs/design/architecture.md"), "<!-- rooms -->");
  return new Map(
    lines.map((line) => {
      const [room = "", list = ""] = line.split(":");
      return [room, list.split(",").flatMap((name) => name.trim() || [])];
    }),
  );
}

/** Folders of `src` with code in them, those of test helpers aside. */
export function folders(): string[] {
  const code = filesUnder("src", ".ts").filter((path) => !path.endsWith(".test.ts"));
  const found = new Set(code.map((path) => dirname(path).slice("src/".length)));
  return [...found].filter((folder) => !folder.split("/").includes("testing")).sort();
}

/** Biome's rules for these folders: closed, so that what a room does not list is forbidden. */
function biomeRules(rooms: Rooms, folders: readonly string[]): object {
  return {
    overrides: folders.map((folder) => {
      const room = roomOf(folder, rooms);
      const allowed = [...(rooms.get(room) ?? [])];
      // A folder without a line of its own is a part of its room, and may import the other parts.
      if (folder !== room) allowed.push(room, `${room}/*`);
      const message = `src/${folder} may import only: ${allowed.join(", ") || "nothing"}. docs/design/architecture.md says so.`;
      const from = allowed.flatMap((name) => foldersOf(name, folders));
      const group = [
        "../**",
        ...from.map((other) => `!${posix.relative(folder, other)}/*.ts`),
        ...above(folder, rooms),
        "**/testing/**",
      ];
      const options = { patterns: [{ group, message }] };
      return {
        includes: [`src/${folder}/*.ts`, "!**/*.test.ts"],
        linter: { rules: { style: { noRestrictedImports: { level: "error", options } } } },
      };
    }),
  };
}

/** A room may import its sub-rooms, but not those that import it. */
function above(room: string, rooms: Rooms): string[] {
  const inside = [...rooms].filter(([name, list]) => name.startsWith(`${room}/`) && list.includes(room));
  return inside.map(([name]) => `./${name.slice(room.length + 1)}/**`);
}

/** `keeper/*` is every folder below `src/keeper`. (In Biome's patterns, `*` would match `..` as well.) */
function foldersOf(name: string, folders: readonly string[]): readonly string[] {
  return name.endsWith("/*") ? folders.filter((folder) => folder.startsWith(name.slice(0, -1))) : [name];
}

/** The nearest room that has a line. */
function roomOf(folder: string, rooms: Rooms): string {
  if (rooms.has(folder)) return folder;
  const parent = dirname(folder);
  if (parent === ".")
    throw new Error(`src/${folder} is not in the list of rooms in docs/design/architecture.md`);
  return roomOf(parent, rooms);
}

export function textOfConfig(): string {
  return `${JSON.stringify(biomeRules(rooms(), folders()), null, 2)}\n`;
}

if (import.meta.main) {
  writeFileSync(join(ROOT, CONFIG), textOfConfig());
  console.log(`${CONFIG}: ${readdirSync(join(ROOT, "src")).length} rooms, ${folders().length} folders`);
}
