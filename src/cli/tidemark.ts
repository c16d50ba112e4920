#!/usr/bin/env node
// citty reads only this variable, when it is loaded, and would otherwise colour output that goes into a file.
if (!process.stdout.isTTY) process.env.NO_COLOR ??= "1";

const { run } = await import("./run.ts");
await run(process.argv.slice(2));
