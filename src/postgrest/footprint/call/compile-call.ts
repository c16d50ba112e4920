import type { ReaderClaims } from "../../claims/claims.ts";
import { embedName } from "../../query/output-columns.ts";
import type { EmbedItem, Level, Query } from "../../query/query.ts";
import type { FunctionCall, Read } from "../../query/read.ts";
import { relationshipsOf } from "../../relationships/relationship.ts";
import type { RelationDescription, Routine, Schema } from "../../schema/schema.ts";
import { ConditionCompiler } from "../../shape/conditions.ts";
import type { Part, ShapeCondition } from "../../shape/shape.ts";
import { isHandled } from "../caveats.ts";
import { type Compiled, relationsOf } from "../compile.ts";
import { Dependencies } from "../dependencies.ts";
import type { Declared, FootprintBypass } from "../footprint.ts";
import type { LevelContext } from "../level.ts";
import { type ClaimNeeds, type DeclaredClaims, nameOf } from "../needs/claim-closure.ts";
import { PartBuilder } from "../part-builder.ts";
import { narrowed } from "./narrowing.ts";
import { argumentsOf, routineName, routineOf, routinesOf } from "./routine-of.ts";

/** What a read by a function depends on by Postgres' own description, or why it is not cached. */
export function compileCall(
  read: Read,
  call: FunctionCall,
  query: Query,
  declared: Declared,
  schema: Schema,
  reader: ReaderClaims | undefined,
): Compiled | FootprintBypass {
  return new CallCompiler(read, call, declared, schema, reader).compile(query);
}

/** What a read by a function depends on of the reader's token; see `claimNeeds`. */
export function compileCallClaims(
  read: Read,
  call: FunctionCall,
  query: Query,
  declared: Declared,
  schema: Schema,
  declaredClaims: DeclaredClaims,
): ClaimNeeds {
  return new CallCompiler(read, call, declared, schema, undefined).claims(query, declaredClaims);
}

/**
 * What a read by a function depends on: all that the function reads, with the policies on it, and all that its result is
 * joined with. Which rows these are, nothing but the owner's word tells.
 */
class CallCompiler {
  readonly #read: Read;
  readonly #call: FunctionCall;
  readonly #declared: Declared;
  readonly #schema: Schema;
  readonly #description: RelationDescription | undefined;
  readonly #conditions = new ConditionCompiler();
  readonly #dependencies: Dependencies;
  #hasUnknownEmbed = false;

  /** @param reader undefined: the caller's claims are not known */
  constructor(
    read: Read,
    call: FunctionCall,
    declared: Declared,
    schema: Schema,
    reader: ReaderClaims | undefined,
  ) {
    this.#read = read;
    this.#call = call;
    this.#declared = declared;
    this.#schema = schema;
    this.#description = routinesOf(schema, read);
    const builder = new PartBuilder(schema, declared, this.#conditions, reader);
    this.#dependencies = new Dependencies(schema, declared, this.#conditions, builder);
  }

  claims(query: Query, declaredClaims: DeclaredClaims): ClaimNeeds {
    const reason = this.#walk(query);
    if (reason !== null) return { kind: "bypass", reason };
    // The function is named with what is read, so that it is compared by itself (S10).
    const named = [...relationsOf(this.#parts), routineName(this.#read)];
    return this.#dependencies.claims.needs(named, declaredClaims, this.#declared.keyedHeaders);
  }

  compile(query: Query): Compiled | FootprintBypass {
    const bypass = this.#walk(query);
    if (bypass !== null) return bypass;
    if (this.#dependencies.readsRequest) return "reads-request";
    const { caveats } = this.#dependencies;
    return { parts: this.#parts, caveats, literals: this.#conditions.literals };
  }

  get #parts(): readonly Part[] {
    return [...this.#dependencies.parts()];
  }

  /** @returns why it is not cached; else all that it depends on has been added */
  #walk(query: Query): FootprintBypass | null {
    const routine = routineOf(this.#description, this.#call, query);
    if (typeof routine === "string") return routine;
    if (routine.setsResponse) return "sets-response";
    this.#function(routine);
    this.#result(routine, query.root);
    if (this.#hasUnknownEmbed) return "unknown-embed";
    // Whoever lists it wants it cached, but not at the price of what it does besides: only what is known to do nothing is.
    const { caveats, takesAWord } = this.#dependencies;
    const isHarmless = routine.isAnalysed && !takesAWord && caveats.every(({ kind }) => kind === "clock");
    return routine.volatility === "volatile" && !isHarmless ? "volatile-function" : null;
  }

  #function(routine: Routine): void {
    const name = routineName(this.#read);
    const where = new Map<string, readonly ShapeCondition[]>();
    for (const [relation, filter] of this.#declared.rows?.get(name) ?? []) {
      const description = this.#schema.get(relation);
      const conditions = narrowed(filter, description, routine, this.#call);
      if (conditions !== undefined)
        where.set(relation, this.#conditions.compileAll(conditions, description, new Set()));
    }
    const reads = this.#description?.reads;
    if (reads !== undefined) this.#dependencies.called(name, reads, where);
    for (const [argument] of argumentsOf(this.#call)) {
      const parameter = routine.parameters.find((each) => each.name === argument);
      // Reading the text may run checks of a domain, and somebody's own code.
      if (parameter?.family === "opaque") this.#unknown(name, `the type ${parameter.type}`);
    }
    const { caveat } = routine.result;
    if (caveat?.kind === "unknown-reads") this.#unknown(name, caveat.culprit);
    else if (caveat) this.#dependencies.caveat(name, caveat);
    if (isHandled(this.#read.accept ?? [], this.#description?.handlers ?? []))
      this.#unknown(name, `a media handler of ${nameOf(routine.signature)}`);
  }

  #unknown(relation: string, culprit: string): void {
    this.#dependencies.caveat(relation, { kind: "unknown-reads", culprit });
    this.#dependencies.mayReadRequest(relation);
  }

  #result({ result }: Routine, root: Level): void {
    const relation = result.relation ?? routineName(this.#read);
    const description =
      result.relation === null ? this.#ofColumns(result.columns) : this.#schema.get(relation);
    this.#level(relation, description, root, true);
  }

  /** In place of a relation, for rows that are none's. */
  #ofColumns(columns: RelationDescription["columns"]): RelationDescription | undefined {
    return this.#description && { ...this.#description, columns };
  }

  #level(
    relation: string,
    description: RelationDescription | undefined,
    level: Level,
    isRoot: boolean,
  ): void {
    const embeds = level.select.filter((item) => item.kind === "embed");
    const context: LevelContext = {
      ...{ schema: this.#schema, relation, description, level, isRoot },
      link: { implied: [], columns: [], path: undefined, isOwn: false, fromStart: false },
      ...{ where: [], isSafe: false, embedNames: new Set(embeds.map(embedName)) },
    };
    this.#dependencies.asked(this.#read, context);
    for (const embed of embeds) this.#embed(relation, description, embed);
  }

  /** Any row of what is embedded may matter. */
  #embed(relation: string, description: RelationDescription | undefined, embed: EmbedItem): void {
    const relationships =
      description?.kind === "function" ? [] : relationshipsOf(this.#schema, relation, embed);
    if (relationships.length === 0) this.#hasUnknownEmbed = true;
    const computed = description?.computed.get(embed.relation);
    if (computed) this.#dependencies.computed(relation, computed);
    for (const { target, junction } of relationships) {
      for (const each of [target, ...(junction ? [junction.relation] : [])]) {
        if (this.#dependencies.isWatched(each)) this.#dependencies.whole(each);
        else this.#hasUnknownEmbed = true;
      }
      this.#level(target, this.#schema.get(target), embed.level, false);
    }
  }
}
