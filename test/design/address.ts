import { textOf } from "./pages.ts";

/** Where the project will live is not decided. This host never exists (RFC 2606), so it cannot mislead. */
export const PLACEHOLDER = "example.invalid";

/** The fields of a package.json that still contain it. */
export function placeholders(text: string): string[] {
  const fields = Object.entries(JSON.parse(text) as Record<string, unknown>);
  return fields.filter(([, value]) => JSON.stringify(value).includes(PLACEHOLDER)).map(([name]) => name);
}

if (import.meta.main) {
  const found = placeholders(textOf("package.json"));
  if (textOf("README.md").includes(PLACEHOLDER)) found.push("the button in README.md");
  if (found.length > 0) {
    console.error(`Before it is published, these must say where the project lives: ${found.join(", ")}`);
    process.exitCode = 1;
  }
}
