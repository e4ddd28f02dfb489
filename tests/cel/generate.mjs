// Expressions of all of CEL for differential.mjs, from a seed: a tree, the data it is about, and the
// tree as text in two dialects. "ours" is CEL with every extension. "plain" is CEL as the other
// implementation has it: what it lacks is written out by its definition (a bind by what is bound, a
// macro of two variables by one of one, an optional by a condition), or as a function of reference.mjs.
// Its options: `through`, fields and indexes are the function x_look; `apart`, a call between two signs;
// `presence`, has() is the function x_has.
// "unknown" is "ours" with every part behind dyn(): nothing is known of it before it is evaluated.

export class Random {
  constructor(seed) {
    this.s = (seed ^ 0x9e3779b9) >>> 0;
  }
  next() { // mulberry32
    this.s = (this.s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.s ^ (this.s >>> 15), 1 | this.s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(n) { return Math.floor(this.next() * n); }
  chance(p) { return this.next() < p; }
  of(list) { return list[this.below(list.length)]; }
}

// --- values that are written as literals, and as JSON ---

const INTS = [0n, 1n, -1n, 2n, 3n, 7n, 10n, -5n, 42n, 63n, 64n, 100n, 1000n, 255n, -128n, 2147483647n, 9007199254740993n,
  -9007199254740993n, 9223372036854775807n, -9223372036854775808n, -9223372036854775807n, 4611686018427387904n, 1700000000n];
const UINTS = [0n, 1n, 2n, 3n, 8n, 42n, 255n, 4294967296n, 9223372036854775807n, 9223372036854775808n, 18446744073709551615n];
const DOUBLES = ["0.0", "1.0", "-1.0", "0.5", "1.5", "2.5", "-2.5", "-0.0", "3.14159", "1e3", "1e10", "1.5e-3", "1e21", "1e-7", "123456789.125",
  "9007199254740993.0", "9223372036854775807.0", "9223372036854775808.0", "18446744073709551616.0", "-9223372036854775808.0", "1.7976931348623157e308",
  "5e-324", "2.2250738585072014e-308", "0.1", "0.30000000000000004", ".25", "1E5", "1e+2"];
const CHARS = ["a", "b", "c", "x", "A", "Z", "0", "1", "7", " ", "-", ".", ",", "%", "é", "ß", "€", "日", "\u00a0", "\u2003", "😀", "🚀", "\n", "\t", "\"",
  "'", "\\", "\u0000", "\u0301", "`", "{", "&", "\u200b"];
const WORDS = ["", "a", "b", "ab", "abc", "name", "true", "false", "1", "0", "-3", "1.5", "x,y,z", "a,b,c", "hello world", "  pad ", "日本語", "tacocat", "aXbXc", "%s", "%d%%",
  "key", "id", "null", "2024-02-29T12:00:00Z", "1h30m", "aGVsbG8=", "NaN", "Infinity", "naïve café", "😀x😀", "TRUE", "t", "1e3"];
const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Sydney", "+02:00", "-02:30", "02:00", "-00:00", "+14:00", "Nowhere/Land"];
const TIMES = ["1970-01-01T00:00:00Z", "2009-02-13T23:31:30Z", "2024-02-29T12:34:56.789Z", "2023-12-31T23:59:59.999999999Z", "2026-03-29T01:30:00Z", "2026-10-25T00:59:59+00:00",
  "2000-01-01T00:00:00+01:30", "1999-12-31T23:59:59.5-08:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.1Z", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2024-02-29"];
const SPANS = ["0", "0s", "1s", "-1s", "1.5s", "90m", "1h30m", "250ms", "-1h2m3.5s", "1us", "1ns", "24h", "1000000s", "320000000000s", "9223372036s", "1d", "", "h", "1.000000001s", "-0.5ms", ".5s"];
const PATTERNS = ["a", "^a", "a$", "[a-c]+", "^[a-z]+$", "(ab|xy)z?", "\\d+", "\\s", "^$", ".", "é", "a{2,3}", "^\\w+$", "[^a]", "(?i)ABC", "x.*z", "(", "a**"];
const FIELDS = ["name", "id", "ratio", "tags", "deep", "none", "missing", "odd_key"];

// The kinds of values. Strings name the simple ones; {l: T} list, {m: [K, V]} map, {o: T} optional.
const SIMPLE = ["int", "uint", "double", "bool", "string", "bytes", "null", "time", "span", "type"];

const DEEP = { f: { x: "int", y: { f: { z: "string" } } } };
const OBJECT = { f: { name: "string", id: "int", ratio: "double", tags: { l: "string" }, deep: DEEP, none: "null", "odd-key": "int", ok: "bool" } };
const ITEM = { f: { id: "int", name: "string", ok: "bool", price: "double" } };
const NAMES = { i: "int", j: "int", big: "uint", f: "double", s: "string", t: "string", b: "bool", n: "null", li: { l: "int" }, lf: { l: "double" }, ls: { l: "string" }, lx: { l: "any" },
  m: { m: ["string", "int"] }, o: OBJECT, items: { l: ITEM } };

const word = (r) => r.chance(0.6) ? r.of(WORDS) : Array.from({ length: r.below(9) }, () => r.of(CHARS)).join("");
const whole = (r) => r.chance(0.5) ? BigInt(r.below(12) - 3) : r.of(INTS);

/** A value of the data: bigint, number, string, boolean, null, array or Map; {u: bigint} is a uint. */
function datum(r, T) {
  if (T.f) return new Map(Object.entries(T.f).filter(() => !r.chance(0.05)).map(([k, t]) => [k, datum(r, t)]));
  if (T.l) return Array.from({ length: r.below(5) }, () => datum(r, T.l));
  if (T.m) return new Map(["a", "b", "key", "日", word(r)].filter(() => r.chance(0.6)).map((k) => [k, datum(r, T.m[1])]));
  switch (T) {
    case "int": return whole(r);
    case "uint": return { u: r.of([9223372036854775808n, 18446744073709551615n, 10000000000000000000n]) };
    case "double": return r.chance(0.5) ? (r.below(2001) - 1000) / 8 + 0.0625 : r.of([0.1, 1e-7, 1.5e300, 5e-324, 123456.789, -0.5, 1e21 + 0.5e6, 2.5]);
    case "string": return word(r);
    case "bool": return r.chance(0.5);
    case "null": return null;
    default: return datum(r, r.of(["int", "double", "string", "bool", "null", { l: "int" }, { m: ["string", "string"] }]));
  }
}

export function data(r) {
  return new Map(Object.entries(NAMES).map(([name, T]) => [name, datum(r, T)]));
}

export function dataJson(v) {
  if (v instanceof Map) return `{${[...v].map(([k, x]) => `${JSON.stringify(k)}:${dataJson(x)}`).join(",")}}`;
  if (Array.isArray(v)) return `[${v.map(dataJson).join(",")}]`;
  if (typeof v === "bigint") return String(v);
  if (v && typeof v === "object") return String(v.u);
  if (typeof v === "number") return Number.isInteger(v) && Math.abs(v) < 1e21 ? `${v}.0` : String(v);
  return JSON.stringify(v);
}

// --- literals ---

function escaped(r, c, quote, bytes) {
  const point = c.codePointAt(0);
  const named = { "\n": "\\n", "\t": "\\t", "\\": "\\\\", "\r": "\\r" }[c];
  if (named) return named;
  if (c === quote) return `\\${c}`;
  if (point < 32 || r.chance(0.05)) {
    if (!bytes && point > 0xffff) return `\\U${point.toString(16).padStart(8, "0")}`;
    if (!bytes && r.chance(0.5)) return `\\u${point.toString(16).padStart(4, "0")}`;
    if (point < 128) return r.chance(0.5) ? `\\x${point.toString(16).padStart(2, "0")}` : `\\${point.toString(8).padStart(3, "0")}`;
  }
  return c;
}

function quoted(r, text, bytes = false) {
  const quote = r.of(["'", '"']);
  const points = [...text];
  if (r.chance(0.08) && !/["'\\\n\r\u0000]/.test(text)) return `${r.of(["r", "R"])}${quote}${text}${quote}`;
  const three = r.chance(0.06) ? quote.repeat(3) : quote;
  return three + points.map((c) => escaped(r, c, quote, bytes)).join("") + three;
}

const lit = (text) => ({ k: "lit", text });
const call = (name, ...args) => ({ k: "call", name, args });
const on = (of, name, ...args) => ({ k: "method", name, args: [of, ...args] });
const op = (sign, a, b) => ({ k: "binary", sign, args: [a, b] });

export class Generator {
  constructor(seed) {
    this.r = new Random(seed);
    this.wrong = this.r.chance(0.25) ? 0.04 : 0; // most expressions are well typed
    this.native = this.r.chance(0.35); // nothing that has to be written out: names may shadow
    this.count = 0;
    this.scope = Object.entries(NAMES).map(([name, T]) => ({ name, T }));
  }

  expression() {
    return this.make(this.someType(2), 1 + this.r.below(5));
  }

  someType(depth) {
    const r = this.r;
    if (depth && r.chance(0.25)) {
      if (r.chance(0.5)) return { l: this.someType(depth - 1) };
      if (this.native || r.chance(0.6)) return { m: [r.of(["string", "string", "int", "uint", "bool"]), this.someType(depth - 1)] };
      return { o: this.someType(depth - 1) };
    }
    return r.chance(0.3) ? "bool" : r.of(SIMPLE);
  }

  literal(T) {
    const r = this.r;
    if (T.l) return { k: "list", items: [] };
    if (T.m) return { k: "map", entries: [] };
    if (T.o) return call("optional.none");
    if (T.f) return { k: "map", entries: Object.entries(T.f).map(([n, t]) => ({ args: [lit(quoted(r, n)), this.literal(t)] })) };
    switch (T) {
      case "int": {
        const i = whole(r);
        return lit(r.chance(0.07) && i >= 0n ? `0x${i.toString(16)}` : String(i));
      }
      case "uint": {
        const u = r.chance(0.5) ? BigInt(r.below(9)) : r.of(UINTS);
        return lit((r.chance(0.07) ? `0x${u.toString(16)}` : String(u)) + r.of(["u", "u", "U"]));
      }
      case "double": return r.chance(0.06) ? call("double", lit(r.of(["'NaN'", "'Infinity'", "'-Infinity'"]))) : lit(r.of(DOUBLES));
      case "bool": return lit(r.of(["true", "false"]));
      case "string": return lit(quoted(r, word(r)));
      case "bytes": return lit(r.of(["b", "B"]) + (r.chance(0.2) ? r.of(["'\\xff'", "'\\x80a'", "'\\303\\251'", "''"]) : quoted(r, word(r), true).replace(/^[rR]/, "r")));
      case "null": return lit("null");
      case "time": return call("timestamp", r.chance(0.15) ? lit(String(r.of([0n, 1n, -1n, 1700000000n, 253402300799n, 253402300800n, -62135596800n, -62135596801n]))) : lit(`'${r.of(TIMES)}'`));
      case "span": return call("duration", lit(`'${r.of(SPANS)}'`));
      case "type": return lit(r.of(["int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type"]));
      default: return this.literal(r.of(SIMPLE));
    }
  }

  /** An expression of kind T, at most `d` levels high or so. */
  make(T, d) {
    const r = this.r;
    if (this.wrong && r.chance(this.wrong)) T = this.someType(1);
    if (T === "any") T = this.someType(1);
    const node = this.of(T, d);
    if (node.k === "binary" && r.chance(0.1)) node.gap = r.of(["\n", "\t", "  ", " // why\n", "\r\n\f"]);
    return node;
  }

  of(T, d) {
    const r = this.r;
    const known = this.scope.filter((v) => same(v.T, T));
    if (known.length && r.chance(d <= 0 ? 0.6 : 0.25)) return { k: "name", name: r.of(known).name };
    if (d <= 0) return this.literal(T);
    if (r.chance(0.22)) return this.generic(T, d - 1);
    if (T.l) return this.list(T, d - 1);
    if (T.m) return this.map(T, d - 1);
    if (T.o) return this.optional(T, d - 1);
    if (T.f) return this.generic(T, d - 1);
    return this[T](d - 1);
  }

  /** What can be of any kind. */
  generic(T, d) {
    const r = this.r;
    switch (r.below(this.native ? 5 : 9)) {
      case 0: return { k: "cond", args: [this.make("bool", d), this.make(T, d), this.make(T, d)] };
      case 1: return call("dyn", this.make(T, d));
      case 2: return { k: "index", args: [{ k: "list", items: this.items(T, d) }, this.place(d)] };
      case 3: return { k: "index", args: [this.make({ m: ["string", T] }, d), lit(quoted(r, r.of(["a", "b", "key"])))] };
      case 4: return this.ofObject(T) ?? this.literal(T);
      case 5: return this.bind(T, d);
      case 6: return on(this.make({ o: T }, d), "orValue", this.make(T, d));
      case 7: return on(this.make({ o: T }, d), "value");
      default: return on(on(this.make({ l: T }, d), r.of(["first", "last"])), "value");
    }
  }

  place(d) {
    const r = this.r;
    return r.chance(0.8) ? lit(String(r.below(3))) : r.chance(0.5) ? this.make("int", d) : call("dyn", lit(r.of(["0.0", "1.0", "0.5", "0u", "1u", "'a'"])));
  }

  /** A field of the data that has this kind. */
  ofObject(T) {
    const paths = [["o", OBJECT], ["o.deep", DEEP], ["o.deep.y", DEEP.f.y]];
    const r = this.r, fitting = [];
    for (const [path, object] of paths)
      for (const [name, t] of Object.entries(object.f)) if (same(t, T)) fitting.push([path, name]);
    if (!fitting.length) return null;
    const [path, name] = r.of(fitting);
    let of = null;
    for (const part of path.split(".")) of = of ? { k: "field", name: part, args: [of] } : { k: "name", name: part };
    if (name.includes("-") || r.chance(0.15)) return { k: "index", args: [of, lit(quoted(r, name))] };
    return { k: "field", name, args: [of] };
  }

  fresh() {
    if (this.native && this.r.chance(0.3)) return this.r.of(["i", "s", "x", "o"]);
    return `v${++this.count}`;
  }

  within(vars, make) {
    const kept = this.scope;
    this.scope = [...kept.filter((v) => !vars.some((w) => w.name === v.name)), ...vars, ...vars];
    const node = make();
    this.scope = kept;
    return node;
  }

  bind(T, d) {
    const name = this.fresh(), U = this.someType(1), init = this.make(U, d);
    return { k: "bind", name, args: [init, this.within([{ name, T: U }], () => this.make(T, d))] };
  }

  /** A macro over a list or map: `result` makes the arguments after the variables. */
  each(macro, d, result, two = !this.native && this.r.chance(0.5)) {
    const r = this.r;
    const K = r.of(["string", "int"]), V = r.chance(0.3) ? ITEM : this.someType(1);
    const isMap = r.chance(0.3);
    const of = isMap ? this.make({ m: [K, V] }, d) : V === ITEM ? { k: "name", name: "items" } : this.make({ l: V }, d);
    const types = two ? [isMap ? K : "int", V] : [isMap ? K : V];
    const vars = types.map((T) => ({ name: this.fresh(), T }));
    if (two && vars[0].name === vars[1].name) vars[1].name += "_";
    return { k: "each", macro, vars: vars.map((v) => v.name), args: [of, ...this.within(vars, () => result(vars))] };
  }

  items(T, d) {
    const r = this.r;
    return Array.from({ length: r.below(4) }, () => {
      const optional = !this.native && r.chance(0.06);
      return { optional, args: [optional ? this.make({ o: T }, d) : this.make(T, d)] };
    });
  }

  list(T, d) {
    const r = this.r, E = T.l;
    const sortable = ["int", "uint", "double", "string", "bool", "time", "span", "bytes"].includes(E);
    const ways = [() => ({ k: "list", items: this.items(E, d) }), () => ({ k: "list", items: this.items(E, d) }), () => op("+", this.make(T, d), this.make(T, d)),
      () => { const name = this.fresh(), of = this.make(T, d); return { k: "each", macro: "filter", vars: [name], args: [of, this.within([{ name, T: E }], () => this.make("bool", d))] }; },
      () => this.each("map", d, () => r.chance(0.3) ? [this.make("bool", d), this.make(E, d)] : [this.make(E, d)], false)];
    if (E === "string") ways.push(() => on(this.make("string", d), "split", this.make("string", d), ...this.maybe("int", d)), () => ({ k: "name", name: "ls" }));
    if (!this.native) {
      ways.push(() => this.each("transformList", d, () => r.chance(0.3) ? [this.make("bool", d), this.make(E, d)] : [this.make(E, d)], true),
        () => on(this.make(T, d), "slice", lit(String(r.below(2))), lit(String(r.below(4)))), () => on(this.make(T, d), "reverse"), () => on(this.make(T, d), "distinct"),
        () => on(this.make({ l: T }, d), "flatten", ...(r.chance(0.3) ? [lit(String(r.below(4) - 1))] : [])), () => call("optional.unwrap", this.make({ l: { o: E } }, d)));
      if (sortable) ways.push(() => on(this.make(T, d), "sort"));
      if (E === "int") ways.push(() => call("lists.range", lit(String(r.below(6)))));
      ways.push(() => { const name = this.fresh(), of = this.make(T, d); return { k: "each", macro: "sortBy", vars: [name], args: [of, this.within([{ name, T: E }], () => this.make(r.of(["int", "string", "bool"]), d))] }; });
    }
    return r.of(ways)();
  }

  maybe(T, d) {
    return this.r.chance(0.3) ? [this.r.chance(0.7) ? lit(String(this.r.below(5) - 1)) : this.make(T, d)] : [];
  }

  map(T, d) {
    const r = this.r, [K, V] = T.m;
    const entries = () => {
      const seen = new Set(), made = [];
      for (let i = r.below(4); i > 0; i--) {
        const optional = !this.native && r.chance(0.06);
        const key = K === "string" ? lit(quoted(r, r.of(["a", "b", "key", "日", word(r)]))) : r.chance(0.85) ? this.literal(K) : this.make(K, d);
        if (seen.has(key.text) && r.chance(0.9)) continue;
        seen.add(key.text);
        made.push({ optional, args: [key, optional ? this.make({ o: V }, d) : this.make(V, d)] });
      }
      return { k: "map", entries: made };
    };
    const ways = [entries, entries, entries];
    if (!this.native) {
      ways.push(() => this.each("transformMap", d, () => r.chance(0.3) ? [this.make("bool", d), this.make(V, d)] : [this.make(V, d)], true),
        () => this.each("transformMapEntry", d, () => [...(r.chance(0.3) ? [this.make("bool", d)] : []), { k: "map", entries: [{ args: [this.make(K, d), this.make(V, d)] }] }], true));
    }
    return r.of(ways)();
  }

  optional(T, d) {
    const r = this.r, U = T.o;
    const name = this.fresh(), S = this.someType(0);
    return r.of([() => call("optional.of", this.make(U, d)), () => call("optional.of", this.make(U, d)), () => call("optional.none"), () => call("optional.ofNonZeroValue", this.make(U, d)),
      () => ({ k: "optField", name: r.of(["a", "key", "b"]), args: [this.make({ m: ["string", U] }, d)] }), () => ({ k: "optIndex", args: [this.make({ l: U }, d), this.place(d)] }),
      () => ({ k: "optIndex", args: [this.make({ m: ["string", U] }, d), this.make("string", d)] }), () => on(this.make({ l: U }, d), r.of(["first", "last"])),
      () => on(this.make(T, d), "or", this.make(T, d)), () => ({ k: "field", name: r.of(["a", "key"]), through: true, args: [this.make({ o: { m: ["string", U] } }, d)] }),
      () => ({ k: "optField", name: r.of(["x", "y", "none"]), args: [{ k: "optField", name: r.of(["deep", "none", "missing"]), args: [{ k: "name", name: "o" }] }] }),
      () => ({ k: "optMap", macro: "optMap", vars: [name], args: [this.make({ o: S }, d), this.within([{ name, T: S }], () => this.make(U, d))] }),
      () => ({ k: "optMap", macro: "optFlatMap", vars: [name], args: [this.make({ o: S }, d), this.within([{ name, T: S }], () => this.make(T, d))] })])();
  }

  bool(d) {
    const r = this.r;
    const two = (T) => [this.make(T, d), this.make(T, d)];
    const ordered = () => r.of(["int", "uint", "double", "string", "bytes", "bool", "time", "span"]);
    const ways = [() => op("&&", ...two("bool")), () => op("||", ...two("bool")), () => ({ k: "unary", sign: "!", args: [this.make("bool", d)] }),
      () => op(r.of(["==", "!="]), ...two(this.someType(1))), () => op(r.of(["==", "!="]), call("dyn", this.make(this.someType(0), d)), this.make(this.someType(0), d)),
      () => op(r.of(["<", "<=", ">", ">="]), ...two(ordered())), () => op(r.of(["<", "<=", ">", ">="]), call("dyn", this.make(r.of(["int", "uint", "double"]), d)), this.make(r.of(["int", "uint", "double"]), d)),
      () => { const T = this.someType(0); return op("in", this.make(T, d), this.make({ l: T }, d)); }, () => op("in", this.make("string", d), this.make({ m: ["string", this.someType(0)] }, d)),
      () => this.each(r.of(["all", "exists", "exists_one", "existsOne"]), d, () => [this.make("bool", d)]), () => this.each(r.of(["all", "exists"]), d, () => [this.make("bool", d)]),
      () => on(this.make("string", d), r.of(["contains", "startsWith", "endsWith"]), this.make("string", d)),
      () => { const s = this.make("string", d), p = lit(`r'${r.of(PATTERNS)}'`); return r.chance(0.5) ? on(s, "matches", p) : call("matches", s, p); },
      () => call("bool", this.make(r.of(["string", "bool"]), d)), () => ({ k: "has", name: r.of(FIELDS), args: [r.chance(0.7) ? { k: "name", name: "o" } : this.make({ m: ["string", this.someType(0)] }, d)] }),
      () => op("==", call("type", this.make(this.someType(1), d)), this.literal("type"))];
    if (!this.native) {
      ways.push(() => on(this.make({ o: this.someType(0) }, d), "hasValue"), () => call(r.of(["math.isNaN", "math.isInf", "math.isFinite"]), this.make("double", d)),
        () => { const T = { l: this.someType(0) }; return call(r.of(["sets.contains", "sets.equivalent", "sets.intersects"]), ...two(T)); });
    }
    return r.of(ways)();
  }

  number(T, d) {
    const r = this.r;
    const ways = [() => op(r.of(T === "double" ? ["+", "-", "*", "/"] : ["+", "-", "*", "/", "%"]), this.make(T, d), this.make(T, d))];
    ways.push(ways[0], () => call(T, this.make(r.of(T === "uint" ? ["int", "double", "string", "uint"] : ["uint", "double", "string", "int"]), d)));
    if (T !== "uint") ways.push(() => ({ k: "unary", sign: "-", args: [this.make(T, d)] }));
    if (!this.native) {
      ways.push(() => call("math.abs", this.make(T, d)), () => call("math.sign", this.make(T, d)), () => call(r.of(["math.greatest", "math.least"]), ...Array.from({ length: 1 + r.below(3) }, () => this.make(r.chance(0.85) ? T : r.of(["int", "uint", "double"]), d))),
        () => call(r.of(["math.greatest", "math.least"]), this.make({ l: T }, d)));
      if (T !== "double") ways.push(() => call(r.of(["math.bitAnd", "math.bitOr", "math.bitXor"]), this.make(T, d), this.make(T, d)), () => call("math.bitNot", this.make(T, d)),
        () => call(r.of(["math.bitShiftLeft", "math.bitShiftRight"]), this.make(T, d), r.chance(0.7) ? lit(String(r.below(70) - 2)) : this.make("int", d)));
    }
    return { ways, pick: () => r.of(ways)() };
  }

  int(d) {
    const r = this.r;
    const { ways, pick } = this.number("int", d);
    const size = () => { const x = this.make(r.of(["string", "bytes", { l: this.someType(0) }, { m: ["string", "int"] }]), d); return r.chance(0.5) ? call("size", x) : on(x, "size"); };
    ways.push(size, size, () => call("int", this.make("time", d)),
      () => on(this.make("string", d), r.of(["indexOf", "lastIndexOf"]), this.make("string", d), ...this.maybe("int", d)),
      () => on(this.make("time", d), r.of(["getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes", "getSeconds", "getMilliseconds"]), ...(r.chance(0.5) ? [lit(`'${r.of(ZONES)}'`)] : [])),
      () => on(this.make("span", d), r.of(["getHours", "getMinutes", "getSeconds", "getMilliseconds"])));
    return pick();
  }

  uint(d) { return this.number("uint", d).pick(); }

  double(d) {
    const { ways, pick } = this.number("double", d);
    if (!this.native) ways.push(() => call(this.r.of(["math.ceil", "math.floor", "math.round", "math.trunc"]), this.make("double", d)), () => call("math.sqrt", this.make(this.r.of(["double", "int", "uint"]), d)));
    return pick();
  }

  string(d) {
    const r = this.r;
    const s = () => this.make("string", d);
    const ways = [() => op("+", s(), s()), () => op("+", s(), s()), () => call("string", this.make(r.of(["int", "uint", "double", "bool", "bytes", "string", "time", "span"]), d)),
      () => on(s(), "charAt", this.make("int", d)), () => on(s(), r.of(["lowerAscii", "upperAscii", "trim"])), () => on(s(), "replace", s(), s(), ...this.maybe("int", d)),
      () => on(s(), "substring", lit(String(r.below(4))), ...this.maybe("int", d)), () => on(this.make({ l: "string" }, d), "join", ...(r.chance(0.6) ? [s()] : [])), () => call("strings.quote", s()), () => this.format(d), () => this.format(d)];
    if (!this.native) ways.push(() => on(s(), "reverse"), () => call("base64.encode", this.make("bytes", d)));
    return r.of(ways)();
  }

  format(d) {
    const r = this.r, verbs = { s: () => this.someType(1), d: () => r.of(["int", "uint"]), f: () => "double", e: () => "double", x: () => r.of(["int", "uint", "string", "bytes"]), X: () => r.of(["int", "string"]), o: () => r.of(["int", "uint"]), b: () => r.of(["int", "uint", "bool"]) };
    const args = [];
    let text = "";
    for (let n = r.below(4); n > 0; n--) {
      const verb = r.of(Object.keys(verbs));
      let T = verbs[verb]();
      if (T.o || T.f) T = "int";
      text += `${r.of(["", "a", " ", "%%", "é"])}%${"fe".includes(verb) && r.chance(0.7) ? `.${r.below(8)}` : ""}${verb}`;
      args.push({ args: [this.make(T, d)] });
    }
    if (r.chance(0.04)) text += r.of(["%", "%d", "%q", "%.f", "%5d"]);
    return on(lit(`'${text}'`), "format", { k: "list", items: args });
  }

  bytes(d) {
    const ways = [() => call("bytes", this.make("string", d)), () => op("+", this.make("bytes", d), this.make("bytes", d)), () => this.literal("bytes")];
    if (!this.native) ways.push(() => call("base64.decode", call("base64.encode", this.make("bytes", d))), () => call("base64.decode", this.make("string", d)));
    return this.r.of(ways)();
  }

  null() { return this.r.chance(0.5) ? { k: "field", name: "none", args: [{ k: "name", name: "o" }] } : lit("null"); }

  time(d) {
    return this.r.of([() => op(this.r.of(["+", "-"]), this.make("time", d), this.make("span", d)), () => op("+", this.make("span", d), this.make("time", d)), () => this.literal("time"),
      () => call("timestamp", this.make(this.r.of(["string", "time", "int"]), d))])();
  }

  span(d) {
    return this.r.of([() => op(this.r.of(["+", "-"]), this.make("span", d), this.make("span", d)), () => op("-", this.make("time", d), this.make("time", d)), () => this.literal("span"),
      () => call("duration", this.make(this.r.of(["string", "span"]), d))])();
  }

  type(d) { return call("type", this.make(this.someType(1), d)); }
}

function same(a, b) {
  return a === b || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b));
}

// --- the tree as text ---

const POWER = { "||": 1, "&&": 2, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5 };

/** How tightly the node's text binds; 8 is anything that ends itself. */
function power(n, plain, env) {
  switch (n.k) {
    case "cond": return 0;
    case "binary": return POWER[n.sign] ?? 3;
    case "unary": return 6;
    case "lit": return n.text.startsWith("-") ? 6 : 8;
    case "method": return plain && (n.name === "or" || n.name === "orValue") ? 8 : 7;
    default: return 8;
  }
}

export function print(n, dialect, { through = false, apart = false, presence = false } = {}) {
  const plain = dialect === "plain", unknown = dialect === "unknown";
  const text = (m, env, least = 0) => unknown && m.k !== "name" ? `dyn(${show(m, env)})` : power(m, plain) < least ? `(${show(m, env)})` : show(m, env);
  const many = (list, env) => list.map((m) => text(m, env)).join(", ");

  function each(n, env) {
    const [of, ...rest] = n.args, R = text(of, env, 7), at = text(of, env, 7);
    if (!plain || (n.vars.length === 1 && n.macro !== "sortBy")) return `${R}.${n.macro}(${[...n.vars, ...rest.map((m) => text(m, env))].join(", ")})`;
    const [k, v] = n.vars;
    if (n.macro === "sortBy") return `x_sort(x_items(${text(of, env)}).map(${k}, [${text(rest[0], env)}, ${k}]))`;
    const inner = new Map(env).set(v, `${at}[${k}]`), keys = `x_keys(${text(of, env)})`;
    const args = rest.map((m) => text(m, inner));
    const last = args.length - 1;
    if (n.macro === "transformMap") args[last] = `[${k}, ${args[last]}]`;
    const macro = n.macro.startsWith("transform") ? "map" : n.macro;
    const made = `${keys}.${macro}(${[k, ...args].join(", ")})`;
    return { transformMap: `x_map(${made})`, transformMapEntry: `x_merge(${made})` }[n.macro] ?? made;
  }

  function optMap(n, env) {
    const [of, body] = n.args;
    if (!plain) return `${text(of, env, 7)}.${n.macro}(${n.vars[0]}, ${text(body, env)})`;
    const R = text(of, env, 7), inner = text(body, new Map(env).set(n.vars[0], `${R}.value()`));
    return `(${R}.hasValue() ? ${n.macro === "optMap" ? `optional.of(${inner})` : `x_optional(${inner})`} : ${R})`;
  }

  function method(n, env) {
    const [of, ...rest] = n.args, R = text(of, env, 7);
    if (plain && n.name === "or") return `(${R}.hasValue() ? ${R} : x_optional(${text(rest[0], env)}))`;
    if (plain && n.name === "orValue") return `(${R}.hasValue() ? ${R}.value() : ${text(rest[0], env)})`;
    return `${R}.${n.name}(${many(rest, env)})`;
  }

  function list(n, env) {
    if (!plain || !n.items.some((x) => x.optional)) return `[${n.items.map((x) => (x.optional ? "?" : "") + text(x.args[0], env)).join(", ")}]`;
    return `x_list([${n.items.map((x) => `[${Boolean(x.optional)}, ${text(x.args[0], env)}]`).join(", ")}])`;
  }

  function map(n, env) {
    if (!plain || !n.entries.some((x) => x.optional)) return `{${n.entries.map((x) => `${x.optional ? "?" : ""}${text(x.args[0], env)}: ${text(x.args[1], env)}`).join(", ")}}`;
    return `x_entries([${n.entries.map((x) => `[${Boolean(x.optional)}, ${many(x.args, env)}]`).join(", ")}])`;
  }

  function show(n, env) {
    switch (n.k) {
      case "lit": return n.text;
      case "name": return plain ? env.get(n.name) ?? n.name : n.name;
      case "cond": return `${text(n.args[0], env, 1)} ? ${text(n.args[1], env, 1)} : ${text(n.args[2], env)}`;
      case "binary": return `${text(n.args[0], env, power(n))}${n.gap ?? " "}${n.sign}${n.gap ?? " "}${text(n.args[1], env, power(n) + 1)}`;
      case "unary": {
        const of = n.args[0], bare = power(of, plain) >= 7 || (of.k === "unary" && of.sign === n.sign);
        // a number right after a minus would be a literal of its own
        const number = n.sign === "-" && of.k === "lit";
        if (apart && of.k === "unary") return `${n.sign}dyn(${show(of, env)})`;
        return n.sign + (unknown ? text(of, env) : bare && !number ? show(of, env) : `(${show(of, env)})`);
      }
      case "call": return `${n.name}(${many(n.args, env)})`;
      case "method": return method(n, env);
      case "field": return plain && (n.through || through) ? `x_look(${text(n.args[0], env)}, '${n.name}')` : `${text(n.args[0], env, 7)}.${n.name}`;
      case "optField": return plain ? `x_select(${text(n.args[0], env)}, '${n.name}')` : `${text(n.args[0], env, 7)}.?${n.name}`;
      case "index": return plain && through ? `x_look(${many(n.args, env)})` : `${text(n.args[0], env, 7)}[${text(n.args[1], env)}]`;
      case "optIndex": return plain ? `x_index(${many(n.args, env)})` : `${text(n.args[0], env, 7)}[?${text(n.args[1], env)}]`;
      case "has": return plain && presence ? `x_has(${text(n.args[0], env)}, '${n.name}')` : `has(${text(n.args[0], env, 7)}.${n.name})`;
      case "list": return list(n, env);
      case "map": return map(n, env);
      case "bind": return plain ? `(${text(n.args[1], new Map(env).set(n.name, `(${text(n.args[0], env)})`))})` : `cel.bind(${n.name}, ${many(n.args, env)})`;
      case "each": return each(n, env);
      case "optMap": return optMap(n, env);
    }
    throw new Error(`no text for ${n.k}`);
  }
  return show(n, new Map());
}

/** The trees that are one step smaller: a part put in the place of the whole, or left out. */
export function* smaller(n) {
  const holders = n.args ? [n] : n.items ?? n.entries ?? [];
  for (const h of holders) for (const kid of h.args) yield kid;
  if (n.k !== "lit") for (const text of ["1", "''", "true", "[]", "{}", "null", "1.0", "1u"]) yield lit(text);
  for (const part of ["items", "entries"]) {
    for (let i = 0; i < (n[part]?.length ?? 0); i++) yield { ...n, [part]: n[part].filter((_, j) => j !== i) };
  }
  for (const [h, holder] of holders.entries()) {
    for (let i = 0; i < holder.args.length; i++) {
      for (const kid of smaller(holder.args[i])) {
        const args = holder.args.map((a, j) => j === i ? kid : a);
        if (n.args) yield { ...n, args };
        else {
          const part = n.items ? "items" : "entries";
          yield { ...n, [part]: n[part].map((x, j) => j === h ? { ...x, args } : x) };
        }
      }
    }
  }
}
