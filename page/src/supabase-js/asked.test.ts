import { describe, expect, it } from "vitest";
import { askedOf } from "./asked.ts";
import { chainOf } from "./chain.ts";
import { NotReadable } from "./literals.ts";

const query = async (line: string) => decodeURIComponent((await askedOf(line)).query);

describe("what somebody pastes", () => {
  it.each([
    ["/rest/v1/articles?select=id", "/rest/v1/articles?select=id"],
    ['/rest/v1/a?t=eq."a b"', '/rest/v1/a?t=eq."a b"'],
    ["https://x.supabase.co/rest/v1/articles?select=id&id=eq.1", "/rest/v1/articles?select=id&id=eq.1"],
    ["curl -i 'https://x.co/rest/v1/a?select=*' -H 'apikey: k'", "/rest/v1/a?select=*"],
    [`supabase.from("articles").select()`, "/rest/v1/articles?select=*"],
    [
      `const { data } = await supabase\n  .from('a')\n  .select('id, title')\n  .eq('id', 1);`,
      "/rest/v1/a?select=id,title&id=eq.1",
    ],
    [
      `sb.from(\`a\`).select("id").in("id", [1, 2,]).is("x", null)`,
      "/rest/v1/a?select=id&id=in.(1,2)&x=is.null",
    ],
    [
      `db.from("a").select("id").order("views", { ascending: false, 'nullsFirst': true }).range(0, 9)`,
      "/rest/v1/a?select=id&order=views.desc.nullsfirst&offset=0&limit=10",
    ],
    [`s.from<"a", A<B>>("a").select("id").textSearch("t", 'x "y"')`, `/rest/v1/a?select=id&t=fts.x+"y"`],
    [
      `s.from("a").select("id") // all\n /* of */ .limit(-1).then(({ data }) => data)`,
      "/rest/v1/a?select=id&limit=-1",
    ],
    [`s.rpc("f", { n: 1.5, t: true }, { get: true })`, "/rest/v1/rpc/f?n=1.5&t=true"],
    [`s.from("a").select("id").eq("t", "\\u00e9\\n\\'")`, "/rest/v1/a?select=id&t=eq.é\n'"],
    [`s.from("https://a").select("id")`, "/rest/v1/https://a?select=id"],
  ])("%s", async (line, expected) => expect(await query(line)).toBe(expected));

  it("takes the headers that shape the answer, and no others", async () => {
    expect((await askedOf(`s.schema("archive").from("a").select("id").single()`)).headers).toEqual({
      accept: "application/vnd.pgrst.object+json",
      "accept-profile": "archive",
    });
    const counted = await askedOf(`s.from("a").select("id", { count: "exact" })`);
    expect(counted.headers).toMatchObject({ prefer: "count=exact" });
  });

  it.each([
    ["", "Paste"],
    ["select * from articles", ".from("],
    [`s.from("a")`, ".select() is missing"],
    [`s.from("a").select("id").eq("id", id)`, `"id" is known to your program only`],
    [`s.from(\`a\${b}\`).select()`, "known to your program only"],
    [`s.from("a").insert({ id: 1 })`, "writes"],
    [`s.from("a").update({ id: 1 }).select()`, "writes"],
    [`s.rpc("f", { n: 1 })`, "POST"],
    [`s.from("a").selct("id")`, "no .selct()"],
    [`s.from("a").constructor("x")`, "no .constructor()"],
    [`s.from("a").select("id`, "does not end"],
    [`s.from("a").select("id").eq("a" "b")`, "comma"],
    [`s.from("a").select("id").order("a", { b })`, "name: value"],
    [`s.from("a").select(alert(1))`, "known to your program only"],
    [`s.from<"a".select("id")`, "> is missing"],
  ])("says why %s cannot be asked", async (line, why) => {
    const refused = await askedOf(line).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(NotReadable);
    expect((refused as Error).message).toContain(why);
  });

  it("runs nothing of it", () => {
    expect(chainOf(`s.from("a").eq("x", "alert(1)")`).at(-1)?.args).toEqual(["x", "alert(1)"]);
    expect(() => chainOf(`s.from("a").select((() => { globalThis.ran = true })())`)).toThrow(NotReadable);
    expect(globalThis).not.toHaveProperty("ran");
  });

  it("makes no object of the names in it", () => {
    const [, call] = chainOf(`s.from("a").match({ "__proto__": { x: 1 } })`);
    expect(Object.getPrototypeOf(call?.args[0])).toBe(Object.prototype);
    expect({}).not.toHaveProperty("x");
  });
});
