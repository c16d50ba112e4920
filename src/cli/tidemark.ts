#!/usr/bin/env node
// citty reads only this variable, when it is loaded, and would otherwise colour output that goes into a file.
if (!process.stdout.isTTY) process.env.NO_COLOR ??= "1";

// Loaded after it is asked: an older Node fails on the modules themselves, with a stack that says nothing.
const { tooOldNode } = await import("./command/node-version.ts");
const tooOld = tooOldNode(process.versions.node);
if (tooOld === undefined) {
  const { run } = await import("./run.ts");
  const runsOn = await run(process.argv.slice(2));
  // A configuration may hold a timer or a connection, for which the process would wait. What is printed goes out first.
  if (!runsOn) process.stdout.write("", () => process.stderr.write("", () => process.exit()));
} else {
  console.error(tooOld);
  process.exitCode = 1;
}
