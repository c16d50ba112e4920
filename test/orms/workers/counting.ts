export interface Counting {
  readonly database: D1Database;
  /** Statements sent so far; a batch counts each of its own. */
  sent(): number;
}

/** The same database, which counts the statements that reach it. */
export function counting(bare: D1Database): Counting {
  let sent = 0;
  const inner = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

  const statement = (real: D1PreparedStatement): D1PreparedStatement => {
    const counted = new Proxy(real, {
      get(target, name: keyof D1PreparedStatement) {
        if (name === "bind") return (...values: unknown[]) => statement(target.bind(...values));
        return (...values: unknown[]) => {
          sent++;
          return (target[name] as (...all: unknown[]) => unknown).apply(target, values);
        };
      },
    });
    inner.set(counted, real);
    return counted;
  };
  const counted = <T extends D1Database | D1DatabaseSession>(real: T): T =>
    new Proxy(real, {
      get(target, name) {
        if (name === "prepare") return (sql: string) => statement(target.prepare(sql));
        if (name === "batch") {
          return (statements: D1PreparedStatement[]) => {
            sent += statements.length;
            return target.batch(statements.map((one) => inner.get(one) ?? one));
          };
        }
        if (name === "exec" && "exec" in target) {
          return (sql: string) => {
            sent++;
            return target.exec(sql);
          };
        }
        if (name === "withSession" && "withSession" in target) {
          return (from?: string) => counted(target.withSession(from));
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  return { database: counted(bare), sent: () => sent };
}
