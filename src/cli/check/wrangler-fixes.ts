import type { WranglerEnvironment } from "../command/wrangler-file.ts";

// Each of these is pasted in place of what is there, so it has that as well.

type Migrations = NonNullable<WranglerEnvironment["migrations"]>;

/** `"kv_namespaces": […]` with one of this name. */
export function withNamespace({ kv_namespaces }: WranglerEnvironment, binding: string): string {
  return member("kv_namespaces", [...kv_namespaces, { binding }]);
}

/** `"durable_objects": …` with this binding of a class. */
export function withObject(
  { durable_objects }: WranglerEnvironment,
  binding: string,
  className: string,
): string {
  const bindings = [...(durable_objects.bindings ?? []), { name: binding, class_name: className }];
  return member("durable_objects", { ...durable_objects, bindings });
}

/** `"migrations": […]` with one more, which creates this class. */
export function withClass(migrations: Migrations, className: string): string {
  // Read with an empty list where somebody wrote none.
  const before = migrations.map(({ new_sqlite_classes, ...each }) =>
    new_sqlite_classes.length === 0 ? each : { ...each, new_sqlite_classes },
  );
  return member("migrations", [...before, { tag: nextTag(migrations), new_sqlite_classes: [className] }]);
}

/** `"secrets": …` that require these, too. */
export function withSecrets({ secrets }: WranglerEnvironment, more: readonly string[]): string {
  return member("secrets", { ...secrets, required: [...(secrets?.required ?? []), ...more] });
}

/** The first of `v1`, `v2` and so on after as many as there are that none of them has. */
function nextTag(migrations: Migrations): string {
  const tags = new Set(migrations.map(({ tag }) => tag));
  let number = migrations.length + 1;
  while (tags.has(`v${number}`)) number++;
  return `v${number}`;
}

function member(name: string, value: unknown): string {
  return `${JSON.stringify(name)}: ${inOneLine(value)}`;
}

/** JSON as people write it in a line: `[{ "binding": "KV" }]`. */
function inOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOneLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, each]) => each !== undefined);
  return members.length === 0 ? "{}" : `{ ${members.map(([name, each]) => member(name, each)).join(", ")} }`;
}
