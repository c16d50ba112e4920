// A strict parser of the text format of OpenMetrics 1.0, after github.com/prometheus/OpenMetrics, specification/OpenMetrics.md.
// It refuses what the specification forbids, and what the gateway has no use for: timestamps, exemplars, undeclared families.

interface ParsedSample {
  /** With its suffix: `tidemark_reads_total`. */
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string | null;
  readonly help: string | null;
  readonly samples: readonly ParsedSample[];
}

interface OpenFamily extends ParsedFamily {
  type: string;
  unit: string | null;
  help: string | null;
  readonly samples: ParsedSample[];
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ["_total", "_created"],
  gauge: [""],
  histogram: ["_bucket", "_count", "_sum", "_created"],
  stateset: [""],
};

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const NUMBER = /^(?:[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[+-]?Inf|NaN)$/;
const METADATA = /^# (TYPE|UNIT|HELP) (\S+) (.*)$/;
const SAMPLE = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;

/**
 * The families of an exposition, by name.
 *
 * @throws Error on anything that OpenMetrics 1.0 does not allow
 */
export function parseOpenMetrics(text: string): ReadonlyMap<string, ParsedFamily> {
  if (!text.endsWith("# EOF\n")) throw new Error("the text does not end with # EOF");
  const families = new Map<string, OpenFamily>();
  let current: OpenFamily | undefined;
  for (const line of text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)) {
    const metadata = METADATA.exec(line);
    if (metadata) current = describe(metadata, families, current, line);
    else if (line.startsWith("#")) throw new Error(`neither metadata nor a sample: ${line}`);
    else add(sampleOf(line), current, line);
  }
  const names = [...families.values()].flatMap(({ name, type }) =>
    (SUFFIXES[type] ?? []).map((suffix) => name + suffix),
  );
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`two families may have samples called ${twice}`);
  for (const family of families.values()) check(family);
  return families;
}

function describe(
  [, kind, name = "", text = ""]: RegExpExecArray,
  families: Map<string, OpenFamily>,
  current: OpenFamily | undefined,
  line: string,
): OpenFamily {
  if (!NAME.test(name)) throw new Error(`no name of a family: ${line}`);
  const isNew = current?.name !== name;
  if (isNew && families.has(name)) throw new Error(`a family comes in two pieces: ${line}`);
  const family = isNew ? { name, type: "", unit: null, help: null, samples: [] as ParsedSample[] } : current;
  families.set(name, family);
  if (family.samples.length > 0) throw new Error(`metadata after samples: ${line}`);
  if (kind === "TYPE") {
    if (family.type !== "" || SUFFIXES[text] === undefined)
      throw new Error(`not a type, or a second one: ${line}`);
    family.type = text;
  } else if (kind === "UNIT") {
    if (family.unit !== null || !name.endsWith(`_${text}`)) throw new Error(`not the name's unit: ${line}`);
    family.unit = text;
  } else {
    if (family.help !== null || /\\(?![\\n"])/.test(text))
      throw new Error(`a second help, or a bad one: ${line}`);
    family.help = text;
  }
  return family;
}

function sampleOf(line: string): ParsedSample {
  const [, name = "", labels, value = ""] = SAMPLE.exec(line) ?? [];
  if (!NAME.test(name) || !NUMBER.test(value)) throw new Error(`not a sample: ${line}`);
  return { name, labels: labelsOf(labels, line), value: numberOf(value) };
}

function labelsOf(text: string | undefined, line: string): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  if (text === undefined || text === "") return labels;
  let end = 0;
  while (end < text.length) {
    LABEL.lastIndex = end;
    const [whole = "", name = "", value = "", comma] = LABEL.exec(text) ?? [];
    if (whole === "" || labels.has(name)) throw new Error(`not labels, or one twice: ${line}`);
    labels.set(
      name,
      value.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c)),
    );
    end += whole.length;
    if (comma === "," && end === text.length) throw new Error(`a comma too many: ${line}`);
  }
  return labels;
}

function numberOf(text: string): number {
  return text.endsWith("Inf") ? (text.startsWith("-") ? -1 : 1) * Number.POSITIVE_INFINITY : Number(text);
}

function add(sample: ParsedSample, family: OpenFamily | undefined, line: string): void {
  const suffixes = SUFFIXES[family?.type ?? ""] ?? [];
  if (!family || !suffixes.some((suffix) => sample.name === family.name + suffix)) {
    throw new Error(`a sample of no family before it: ${line}`);
  }
  if (family.samples.some((other) => identityOf(other) === identityOf(sample)))
    throw new Error(`twice the same sample: ${line}`);
  family.samples.push(sample);
}

/** A sample's name and labels, whatever their order. */
function identityOf({ name, labels }: ParsedSample): string {
  return JSON.stringify([name, [...labels].sort()]);
}

function check({ name, type, unit, samples }: ParsedFamily): void {
  if (type === "") throw new Error(`${name} has no type`);
  if (type === "stateset" && unit !== null) throw new Error(`${name}: a state set has no unit`);
  // Tells the samples of one metric apart.
  const distinguishing = type === "histogram" ? "le" : type === "stateset" ? name : null;
  const metrics: { readonly labels: string; readonly samples: ParsedSample[] }[] = [];
  for (const sample of samples) {
    const labels = JSON.stringify([...sample.labels].filter(([label]) => label !== distinguishing).sort());
    if (metrics.at(-1)?.labels === labels) metrics.at(-1)?.samples.push(sample);
    else metrics.push({ labels, samples: [sample] });
  }
  if (new Set(metrics.map(({ labels }) => labels)).size < metrics.length)
    throw new Error(`${name}: the samples of two metrics are mixed`);
  for (const metric of metrics) checkMetric(name, type, metric.samples);
}

function checkMetric(name: string, type: string, samples: readonly ParsedSample[]): void {
  for (const { labels, value } of samples) {
    if (type === "counter" && !(value >= 0 && Number.isFinite(value))) throw new Error(`${name}: ${value}`);
    if (type === "stateset" && (!labels.has(name) || (value !== 0 && value !== 1)))
      throw new Error(`${name}: not a state`);
    if (type !== "histogram" && labels.has("le")) throw new Error(`${name}: only buckets have le`);
  }
  if (type === "histogram") checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly ParsedSample[]): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const of = (suffix: string) => samples.find((sample) => sample.name === name + suffix)?.value;
  const bounds = buckets.map(({ labels }) => labels.get("le") ?? "");
  for (const bound of bounds) {
    if (bound !== "+Inf" && !/^\d+\.\d+$|^\d(?:\.\d+)?e[+-]\d{2}$/.test(bound))
      throw new Error(`${name}: ${bound} is no canonical bound`);
  }
  if (bounds.at(-1) !== "+Inf") throw new Error(`${name}: the last bucket is not +Inf`);
  for (const [at, { value }] of buckets.entries()) {
    const before = buckets[at - 1];
    if (before && (value < before.value || numberOf(bounds[at] ?? "") <= numberOf(bounds[at - 1] ?? "")))
      throw new Error(`${name}: buckets do not add up`);
  }
  if ((of("_sum") === undefined) !== (of("_count") === undefined))
    throw new Error(`${name}: a sum needs a count`);
  if (of("_count") !== undefined && of("_count") !== buckets.at(-1)?.value)
    throw new Error(`${name}: the count is not that of the last bucket`);
  if (Number(of("_sum")) < 0) throw new Error(`${name}: a negative sum`);
}
