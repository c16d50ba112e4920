import { Literals, NotReadable } from "./literals.ts";

export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** Of what stands around a query: where it begins. */
const BEGIN = /\.\s*(?:schema|from|rpc)\s*(?=[(<])/;

/** The calls of a line such as `await supabase.from("articles").select("id").eq("id", 1)`. @throws NotReadable */
export function chainOf(line: string): readonly Call[] {
  const begin = BEGIN.exec(line);
  if (begin === null) throw new NotReadable("There is no .from(…) in it");
  const reader = new Literals(line, begin.index);
  const calls: Call[] = [];
  while (reader.take("?.") || reader.take(".")) {
    const name = reader.name();
    if (name === undefined) throw new NotReadable("A name is missing behind a dot");
    if (reader.take("<")) skipTypes(line, reader);
    if (!reader.take("(")) break;
    // What handles the answer does not change the question, and may hold anything.
    if (name === "then" || name === "catch" || name === "finally") break;
    calls.push({ name, args: reader.args() });
  }
  return calls;
}

/** Type arguments say nothing to PostgREST. */
function skipTypes(line: string, reader: Literals): void {
  let depth = 1;
  while (depth > 0) {
    const letter = line[reader.at++];
    if (letter === undefined) throw new NotReadable("A type does not end: > is missing");
    if (letter === "<") depth++;
    else if (letter === ">" && line[reader.at - 2] !== "=") depth--;
  }
}
