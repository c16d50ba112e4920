/** The cost of triggers that do step by step more of what capture does, down to what no trigger could avoid. */
export interface Step {
  readonly what: string;
  /** Head and body of the trigger's functions; without a body, no trigger. The last step is capture itself. */
  readonly head?: string;
  readonly body?: (event: FloorEvent) => string;
  readonly added?: Record<FloorEvent, { readonly cpuMicroseconds: number; readonly walBytes: number }>;
}

export type FloorEvent = "insert" | "update";

export const FLOOR_EVENTS = ["insert", "update"] as const;
const OWNER = "security definer set search_path = pg_catalog, pg_temp";
const PINNED = `${OWNER} set timezone = 'UTC' set datestyle = 'ISO' set intervalstyle = 'postgres'
  set extra_float_digits = 1 set bytea_output = 'hex'`;
const PRINT = (event: FloorEvent) => {
  const row = (name: string) =>
    `(select r.id, r.author_id, r.title, r.body, r.price, r.published_at from ${name}_rows r) ${name}_row`;
  const print =
    event === "insert"
      ? `to_json(new_row.*) into new_image from ${row("new")}`
      : `to_json(new_row.*), to_json(old_row.*) into new_image, old_image from ${row("new")}, ${row("old")}`;
  return `begin select ${print}; exception when others then end;`;
};
export const FLOOR: readonly Step[] = [
  { what: "no trigger" },
  { what: "an empty trigger with transition tables", head: "", body: () => "" },
  { what: "with its owner's rights and a search_path", head: OWNER, body: () => "" },
  {
    what: "… and an insert of two columns, no index",
    head: OWNER,
    body: () => "insert into public.two_columns values (pg_current_xact_id(), 'x');",
  },
  { what: "… or with all settings pinned", head: PINNED, body: () => "" },
  { what: "… and the images printed, errors caught", head: PINNED, body: PRINT },
  {
    what: "… and an insert into an outbox like ours",
    head: PINNED,
    body: (event) => `${PRINT(event)}
      insert into public.floor_outbox (op, schema_name, table_name, record, old_record)
        select '${event}', tg_table_schema, tg_table_name, new_image, old_image;`,
  },
  { what: "capture" },
];
