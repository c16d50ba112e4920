#!/usr/bin/env node
// citty looks at this alone, when it is loaded, and would colour what goes into a file.
if (!process.stdout.isTTY) process.env.NO_COLOR ??= "1";

const { run } = await import("./run.ts");
await run(process.argv.slice(2));
