import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { filesUnder, textOf } from "./pages.ts";

const ROOMS = ["src", "page", "test", "testing", "simulator", "bench", "examples", "deploy"];
const FILES = ROOMS.flatMap((room) =>
  [".ts", ".tsx", ".css"].flatMap((ending) => filesUnder(room, ending)),
).filter(
  // Bundled or generated, and not in the repository.
  (path) => !path.endsWith(".generated.ts") && !path.includes("/generated/"),
);

const LONGEST_FILE = 300;
/** Including tests, which are beside the code they test. */
const LARGEST_FOLDER = 20;

/** The library and the keeper share the meaning of a position, and neither may import the other. */
const DECLARED_TWICE = ["Position"];

describe("the house", () => {
  it(`has no file of more than ${LONGEST_FILE} lines`, () => {
    expect(FILES.length).toBeGreaterThan(800);
    expect(FILES.filter((file) => textOf(file).split("\n").length - 1 > LONGEST_FILE)).toEqual([]);
  });

  it(`has no folder of more than ${LARGEST_FOLDER} files`, () => {
    const folders = Map.groupBy(FILES, (file) => dirname(file));
    const full = [...folders].filter(([, files]) => files.length > LARGEST_FOLDER);
    expect(full.map(([folder]) => folder)).toEqual([]);
  });

  it("gives a name to one type only", () => {
    const declared = FILES.filter((file) => /^src\/(?!.*(?:\.test\.ts|\/testing\/))/.test(file)).flatMap(
      (file) =>
        [...textOf(file).matchAll(/^(?:export )?(?:abstract )?(?:class|interface|type) (\w+)/gm)].map(
          ([, name = ""]) => name,
        ),
    );
    expect(declared.length).toBeGreaterThan(500);
    const names = Map.groupBy(declared, (name) => name);
    const twice = [...names].filter(([, all]) => all.length > 1).map(([name]) => name);
    expect(twice.sort()).toEqual(DECLARED_TWICE);
  });
});
