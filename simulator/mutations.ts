import { DIRECTED } from "./directed.ts";
import { DIRECTED_MIRRORS } from "./directed-mirrors.ts";
import { DIRECTED_SIGNED_IN } from "./directed-signed-in.ts";
import { DIRECTED_TIERS } from "./directed-tiers.ts";
import type { Mutation } from "./mutation.ts";
import { ISOLATE_MUTATIONS } from "./mutations/isolate.ts";
import { KEEPER_MUTATIONS } from "./mutations/keeper.ts";
import { MIRROR_MUTATIONS } from "./mutations/mirrors.ts";
import { ORDER_MUTATIONS } from "./mutations/orders.ts";
import { PULL_MUTATIONS } from "./mutations/pull.ts";
import { SIGNED_IN_MUTATIONS } from "./mutations/signed-in.ts";
import { TIER_MUTATIONS } from "./mutations/tiers.ts";

/** Histories for the mutations that chance would rarely find, by their names. Each passes with intact sources. */
export const DIRECTED_BY_MUTATION = {
  ...DIRECTED,
  ...DIRECTED_SIGNED_IN,
  ...DIRECTED_MIRRORS,
  ...DIRECTED_TIERS,
};

/**
 * The rules of docs/design/protocol.md, broken one by one, except *assign instead of maximum*: an answer that another
 * one could overtake is past its deadline, so only a unit test can show that (`src/fence/fence.test.ts`).
 */
export const MUTATIONS: readonly Mutation[] = [
  ...PULL_MUTATIONS,
  ...KEEPER_MUTATIONS,
  ...ISOLATE_MUTATIONS,
  ...ORDER_MUTATIONS,
  ...SIGNED_IN_MUTATIONS,
  ...MIRROR_MUTATIONS.map((mutation) => ({ ...mutation, mirrored: 10 })),
  ...TIER_MUTATIONS.map((mutation) => ({ ...mutation, tiered: 10 })),
].map((mutation) => {
  const directed = DIRECTED_BY_MUTATION[mutation.name];
  return directed ? { ...mutation, directed } : mutation;
});
