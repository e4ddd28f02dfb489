// What @bufbuild/cel lacks, as functions for its environment, written from the descriptions of the
// extensions (cel-go ext/README.md): math, lists, sets, encoders, optionals, and the functions x_… that
// generate.mjs writes macros out with. Values are those of @bufbuild/cel.
import { celFunc, celList, celMap, celMethod, celType, celUint, CelScalar, isCelList, isCelMap, isCelType, isCelUint, listType } from "@bufbuild/cel";

const { BOOL, BYTES, DOUBLE, DYN, INT, STRING, TYPE, UINT } = CelScalar;
const LIST = listType(DYN);
const MOST = 100000; // items a list may have here

export class Refused extends Error {}
const refuse = (why) => { throw new Refused(why); };

// --- values ---

/** "int", "uint", …, "time", "span", "optional", "type". */
export function kind(v) {
  if (isOptional(v)) return "optional";
  const name = celType(v).name;
  return { "google.protobuf.Timestamp": "time", "google.protobuf.Duration": "span" }[name] ?? name;
}

const nanosOf = (v) => BigInt(v.message.seconds) * 1000000000n + BigInt(v.message.nanos);
const number = (v) => isCelUint(v) ? v.value : v;
const isNumber = (v) => ["int", "uint", "double"].includes(kind(v));

/** CEL's equality (langdef.md, "Equality"): numbers on one line, other kinds apart. */
export function equal(a, b) {
  if (isNumber(a) && isNumber(b)) {
    const x = number(a), y = number(b); // a double and a whole number are compared as doubles, as their order is
    return typeof x === typeof y ? x === y : Number(x) === Number(y);
  }
  const k = kind(a);
  if (k !== kind(b)) return false;
  switch (k) {
    case "list": return a.size === b.size && [...a].every((x, i) => equal(x, b.get(i)));
    case "map": return a.size === b.size && [...a].every(([k, x]) => { const e = entry(b, k); return e && equal(x, e[1]); });
    case "bytes": return Buffer.compare(a, b) === 0;
    case "time": case "span": return nanosOf(a) === nanosOf(b);
    case "optional": return a.held === undefined || b.held === undefined ? a.held === b.held : equal(a.held, b.held);
    case "type": return a.name === b.name;
    default: return a === b;
  }
}

export const entry = (map, key) => [...map].find(([k]) => equal(k, key));

/** -1, 0, 1; NaN when not ordered; undefined when the two have no order. */
export function compare(a, b) {
  if (isNumber(a) && isNumber(b)) {
    let x = number(a), y = number(b);
    if (typeof x !== typeof y) [x, y] = [Number(x), Number(y)];
    return x < y ? -1 : x > y ? 1 : x === y ? 0 : NaN;
  }
  const k = kind(a);
  if (k !== kind(b)) return undefined;
  switch (k) {
    case "string": return Buffer.compare(Buffer.from(a), Buffer.from(b));
    case "bytes": return Buffer.compare(a, b);
    case "bool": return a - b;
    case "time": case "span": return nanosOf(a) < nanosOf(b) ? -1 : Number(nanosOf(a) > nanosOf(b));
    default: return undefined;
  }
}

// --- optionals: opaque to @bufbuild/cel, which takes them for types ---

const typeMark = Symbol.for("@bufbuild/cel/type");
const OPTIONAL = { [typeMark]: {}, kind: "opaque", name: "optional_type", toString: () => "optional_type" };
const isOptional = (v) => typeof v === "object" && v !== null && v.optional === true;
export const optionalType = OPTIONAL;

function optional(held) {
  return { [typeMark]: {}, kind: "optional", optional: true, held, name: held === undefined ? "none" : `some ${plainText(held)}`, toString: () => "optional" };
}

/** The same text for what is equal. */
function plainText(v) {
  switch (kind(v)) {
    case "int": case "uint": return String(number(v));
    case "double": return Number.isInteger(v) ? String(BigInt(v)) : Number.isNaN(v) ? `NaN ${Math.random()}` : String(v);
    case "list": return `[${[...v].map(plainText)}]`;
    case "map": return `{${[...v].map(([k, x]) => `${plainText(k)}:${plainText(x)}`).sort()}}`;
    case "time": case "span": return `${kind(v)} ${nanosOf(v)}`;
    case "bytes": return `bytes ${Buffer.from(v).toString("hex")}`;
    case "optional": case "type": return `${kind(v)} ${v.name}`;
    default: return JSON.stringify(v);
  }
}

const need = (v, ...kinds) => kinds.includes(kind(v)) ? v : refuse(`${kind(v)} is none of ${kinds}`);
const items = (v) => [...need(v, "list")];
const some = (v) => isOptional(v) ? v : refuse("no optional");

function found(of, key) {
  if (kind(of) === "map") return entry(of, key)?.[1];
  need(of, "list");
  if (!isNumber(key)) refuse("no index");
  const i = Number(number(key));
  return Number.isInteger(i) && i >= 0 && i < of.size ? of.get(i) : undefined;
}

const present = (v) => v === undefined ? refuse("not there") : v;

/** of.?key and of[?key], also through an optional. */
function look(of, key, select) {
  if (isOptional(of)) {
    if (of.held === undefined) return of;
    of = of.held;
  }
  if (select) need(of, "map");
  return optional(found(of, key));
}

function put(map, k, v) {
  need(k, "string", "int", "uint", "bool");
  if (entry(celMap(map), k)) refuse("a key twice");
  map.set(k, v);
}

function merged(pairs) {
  const map = new Map();
  for (const [k, v] of pairs) put(map, k, v);
  return celMap(map);
}

/** {k: v, ?k: o}; a key may not be one that stands before, also when nothing becomes of its entry. */
function entries(list) {
  const map = new Map();
  for (const [maybe, k, v] of list) {
    if (entry(celMap(map), k)) refuse("a key twice");
    if (!maybe || some(v).held !== undefined) put(map, k, maybe ? v.held : v);
    else need(k, "string", "int", "uint", "bool");
  }
  return celMap(map);
}

const EMPTY = { null_type: () => true, bool: (v) => !v, int: (v) => v === 0n, uint: (v) => v.value === 0n, double: (v) => v === 0, string: (v) => v === "", bytes: (v) => v.length === 0,
  list: (v) => v.size === 0, map: (v) => v.size === 0, time: (v) => nanosOf(v) === 0n, span: (v) => nanosOf(v) === 0n, optional: (v) => v.held === undefined, type: () => false };

const optionals = [
  celFunc("optional.of", [DYN], DYN, (v) => optional(v)),
  celFunc("optional.none", [], DYN, () => optional()),
  celFunc("optional.ofNonZeroValue", [DYN], DYN, (v) => EMPTY[kind(v)](v) ? optional() : optional(v)),
  celFunc("optional.unwrap", [DYN], DYN, (v) => celList(items(v).map(some).filter((o) => o.held !== undefined).map((o) => o.held))),
  celMethod("hasValue", DYN, [], BOOL, function () { return some(this).held !== undefined; }),
  celMethod("value", DYN, [], DYN, function () { return some(this).held === undefined ? refuse("none") : this.held; }),
  celMethod("first", DYN, [], DYN, function () { return optional(items(this)[0]); }),
  celMethod("last", DYN, [], DYN, function () { return optional(items(this).at(-1)); }),
  celFunc("x_select", [DYN, STRING], DYN, (of, key) => look(of, key, true)),
  celFunc("x_index", [DYN, DYN], DYN, (of, key) => look(of, key, false)),
  celFunc("x_look", [DYN, DYN], DYN, (of, key) => isOptional(of) ? look(of, key) : present(found(of, key))),
  celFunc("x_has", [DYN, STRING], BOOL, (of, key) => {
    const map = isOptional(of) ? of.held : of;
    return map !== undefined && entry(need(map, "map"), key) !== undefined;
  }),
  celFunc("x_optional", [DYN], DYN, some),
  celFunc("x_list", [LIST], LIST, (l) => celList([...l].flatMap((p) => !p.get(0) ? [p.get(1)] : some(p.get(1)).held === undefined ? [] : [p.get(1).held]))),
  celFunc("x_entries", [LIST], DYN, (l) => entries([...l].map((p) => [p.get(0), p.get(1), p.get(2)]))),
  celFunc("type", [DYN], TYPE, (v) => isOptional(v) ? OPTIONAL : isCelType(v) ? TYPE : celType(v)),
];

// --- macros ---

function sorted(pairs) {
  for (const [k] of pairs)
    if (kind(k) !== kind(pairs[0][0]) || compare(k, pairs[0][0]) === undefined) refuse("no order");
  return pairs.sort((p, q) => compare(p[0], q[0]) || 0).map((p) => p[1]);
}

const macros = [
  celFunc("x_keys", [DYN], LIST, (v) => kind(v) === "map" ? celList([...v.keys()]) : celList(items(v).map((_, i) => BigInt(i)))),
  celFunc("x_items", [DYN], LIST, (v) => celList(items(v))),
  celFunc("x_map", [LIST], DYN, (l) => merged([...l].map((p) => [p.get(0), p.get(1)]))),
  celFunc("x_merge", [LIST], DYN, (l) => merged([...l].flatMap((m) => [...need(m, "map")]))),
  celFunc("x_sort", [LIST], LIST, (l) => celList(sorted([...l].map((p) => [p.get(0), p.get(1)])))),
];

// --- lists and sets ---

function flat(list, depth) {
  if (depth < 0) refuse("a negative depth");
  return items(list).flatMap((v) => kind(v) === "list" && depth > 0 ? flat(v, depth - 1) : [v]);
}

const has = (list, v) => list.some((x) => equal(x, v));
const sets = (name, test) => celFunc(`sets.${name}`, [DYN, DYN], BOOL, (a, b) => test(items(a), items(b)));

const lists = [
  celMethod("slice", DYN, [INT, INT], DYN, function (a, b) {
    if (a < 0n || b < a || b > BigInt(items(this).length)) refuse("outside");
    return celList(items(this).slice(Number(a), Number(b)));
  }),
  celMethod("flatten", DYN, [], DYN, function () { return celList(flat(this, 1)); }),
  celMethod("flatten", DYN, [INT], DYN, function (depth) { return celList(flat(this, Number(depth))); }),
  celMethod("distinct", DYN, [], DYN, function () { return celList(items(this).reduce((kept, v) => has(kept, v) ? kept : [...kept, v], [])); }),
  celMethod("reverse", DYN, [], DYN, function () { return kind(this) === "string" ? [...this].reverse().join("") : celList(items(this).reverse()); }),
  celMethod("sort", DYN, [], DYN, function () { return celList(sorted(items(this).map((v) => [v, v]))); }),
  celFunc("lists.range", [INT], LIST, (n) => n > MOST ? refuse("too long") : celList(Array.from({ length: Math.max(0, Number(n)) }, (_, i) => BigInt(i)))),
  sets("contains", (a, b) => b.every((v) => has(a, v))),
  sets("equivalent", (a, b) => b.every((v) => has(a, v)) && a.every((v) => has(b, v))),
  sets("intersects", (a, b) => b.some((v) => has(a, v))),
];

// --- math and encoders ---

const of = (name, type, result, f) => celFunc(`math.${name}`, [type], result, f);
const rounded = (x) => Math.abs(x - Math.trunc(x)) >= 0.5 ? Math.trunc(x) + Math.sign(x) : Math.trunc(x);

function extreme(list, sign) {
  if (!list.length) refuse("an empty list");
  for (const v of list) need(v, "int", "uint", "double");
  return list.reduce((best, v) => compare(v, best) === sign ? v : best);
}

function extremes(name, sign) {
  const any = (...args) => args.length === 1 && kind(args[0]) === "list" ? extreme(items(args[0]), sign) : extreme(args, sign);
  return [1, 2, 3].map((n) => celFunc(`math.${name}`, Array(n).fill(DYN), DYN, any));
}

const bits = (name, f) => [
  celFunc(`math.${name}`, [INT, INT], INT, (a, b) => BigInt.asIntN(64, f(a, b))),
  celFunc(`math.${name}`, [UINT, UINT], UINT, (a, b) => celUint(f(a.value, b.value))),
];

function shifted(name, f) {
  const by = (a, n) => n < 0n ? refuse("a negative shift") : n > 63n ? 0n : BigInt.asUintN(64, f(BigInt.asUintN(64, a), n));
  return [celFunc(`math.${name}`, [INT, INT], INT, (a, n) => BigInt.asIntN(64, by(a, n))), celFunc(`math.${name}`, [UINT, INT], UINT, (a, n) => celUint(by(a.value, n)))];
}

function unbase64(text) {
  const body = text.length % 4 === 0 ? text.replace(/={1,2}$/, "") : text;
  if (!/^[A-Za-z0-9+/]*$/.test(body) || body.length % 4 === 1) refuse("no base64");
  return new Uint8Array(Buffer.from(body, "base64"));
}

const math = [
  ...extremes("greatest", 1), ...extremes("least", -1),
  of("ceil", DOUBLE, DOUBLE, Math.ceil), of("floor", DOUBLE, DOUBLE, Math.floor), of("trunc", DOUBLE, DOUBLE, Math.trunc), of("round", DOUBLE, DOUBLE, rounded),
  of("isNaN", DOUBLE, BOOL, Number.isNaN), of("isInf", DOUBLE, BOOL, (x) => Math.abs(x) === Infinity), of("isFinite", DOUBLE, BOOL, Number.isFinite),
  of("abs", DOUBLE, DOUBLE, Math.abs), of("abs", UINT, UINT, (x) => x), of("abs", INT, INT, (x) => x === -(2n ** 63n) ? refuse("overflow") : x < 0n ? -x : x),
  of("sign", DOUBLE, DOUBLE, (x) => Math.sign(x) + 0), of("sign", UINT, UINT, (x) => celUint(x.value > 0n ? 1n : 0n)), of("sign", INT, INT, (x) => x > 0n ? 1n : x < 0n ? -1n : 0n),
  of("sqrt", DOUBLE, DOUBLE, Math.sqrt), of("sqrt", INT, DOUBLE, (x) => Math.sqrt(Number(x))), of("sqrt", UINT, DOUBLE, (x) => Math.sqrt(Number(x.value))),
  ...bits("bitAnd", (a, b) => a & b), ...bits("bitOr", (a, b) => a | b), ...bits("bitXor", (a, b) => a ^ b),
  of("bitNot", INT, INT, (x) => ~x), of("bitNot", UINT, UINT, (x) => celUint(BigInt.asUintN(64, ~x.value))),
  ...shifted("bitShiftLeft", (a, n) => a << n), ...shifted("bitShiftRight", (a, n) => a >> n),
  celFunc("base64.encode", [BYTES], STRING, (b) => Buffer.from(b).toString("base64")),
  celFunc("base64.decode", [STRING], BYTES, unbase64),
];

export const extensions = [...optionals, ...macros, ...lists, ...math];

// --- one text for a value and its kind, from either side ---

const float = (x) => Object.is(x, -0) ? "-0" : String(x);

export function canonical(v) {
  switch (kind(v)) {
    case "int": return `int ${v}`;
    case "uint": return `uint ${v.value}`;
    case "double": return `double ${float(v)}`;
    case "string": return `string ${JSON.stringify(v)}`;
    case "bytes": return `bytes ${Buffer.from(v).toString("hex")}`;
    case "list": return `[${[...v].map(canonical).join(", ")}]`;
    case "map": return `{${[...v].map(([k, x]) => `${canonical(k)}: ${canonical(x)}`).sort().join(", ")}}`;
    case "time": case "span": return `${kind(v)} ${nanosOf(v)}`;
    case "optional": return v.held === undefined ? "none" : `some(${canonical(v.held)})`;
    case "type": return `type ${v.name}`;
    default: return String(v);
  }
}

/** "1.5s", "2024-01-01T00:00:00.5Z" in nanoseconds. */
function nanos(text) {
  const [, sign, whole, part = ""] = /^(-?)(\d+)(?:\.(\d+))?s$/.exec(text);
  return BigInt(`${sign}1`) * (BigInt(whole) * 1000000000n + BigInt(part.padEnd(9, "0")));
}

function timeNanos(text) {
  const [, whole, part = ""] = /^([^.Z]*)(?:\.(\d+))?Z$/.exec(text);
  return BigInt(Date.parse(`${whole}Z`)) * 1000000n + BigInt(part.padEnd(9, "0"));
}

/** The same of what `botops cel --batch --typed` writes. */
export function canonicalTyped(json) {
  const [[name, v]] = Object.entries(json);
  switch (name) {
    case "int64Value": return `int ${v}`;
    case "uint64Value": return `uint ${v}`;
    case "doubleValue": return `double ${float(Number(v))}`;
    case "stringValue": return `string ${JSON.stringify(v)}`;
    case "bytesValue": return `bytes ${Buffer.from(v, "base64").toString("hex")}`;
    case "listValue": return `[${v.values.map(canonicalTyped).join(", ")}]`;
    case "mapValue": return `{${v.entries.map((e) => `${canonicalTyped(e.key)}: ${canonicalTyped(e.value)}`).sort().join(", ")}}`;
    case "timestampValue": return `time ${timeNanos(v)}`;
    case "durationValue": return `span ${nanos(v)}`;
    case "optionalValue": return v === null ? "none" : `some(${canonicalTyped(v)})`;
    case "typeValue": return `type ${v}`;
    default: return String(v);
  }
}

/** A value of generate.mjs's data as a value of CEL. */
export function dataValue(v) {
  if (v instanceof Map) return celMap(new Map([...v].map(([k, x]) => [k, dataValue(x)])));
  if (Array.isArray(v)) return celList(v.map(dataValue));
  return v && typeof v === "object" ? celUint(v.u) : v;
}
