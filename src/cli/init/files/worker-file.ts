import { existsSync } from "node:fs";
import { join } from "node:path";
import { CONFIG_FILE } from "../../command/project.ts";
import { newFile, type Proposal, same } from "./proposal.ts";

/** The Worker, where there is none: all of a gateway. */
export function workerFile(folder: string, path: string): Proposal {
  if (existsSync(join(folder, path))) return same(path);
  const up = "../".repeat(path.split("/").length - 1) || "./";
  return newFile(
    path,
    `import { createGateway } from "tidemark/gateway";
import config from "${up}${CONFIG_FILE}";

const gateway = createGateway(config);
export default gateway.worker;
export const { Keeper, Origin } = gateway;
`,
  );
}
