/** Two regions with a mirror and three isolates each; the keeper and the mirrors live in scripts of their own. */
export const REGIONS = [
  { continent: "EU", mirror: "weur-0", isolates: ["amsterdam", "bilbao", "calais"] },
  { continent: "OC", mirror: "oc-0", isolates: ["sydney", "perth", "auckland"] },
] as const;
export const PLACES = REGIONS.flatMap(({ isolates, ...region }) => isolates.map((at) => ({ ...region, at })));
