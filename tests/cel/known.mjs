// Where @bufbuild/cel differs from the specification. `specification` holds the words, or the case of
// the conformance suite, that decide; [E] is cel-go's ext/README.md, [S] cel-spec's
// doc/extensions/strings.md, [L] its doc/langdef.md.
//
// A correction replaces functions of the other one by what the words say. A difference is laid to it
// only when with these functions, and no others changed, both sides agree: so nothing else hides
// behind it. `known` is for what no function decides; a matcher sees the case and both answers.
import { create } from "@bufbuild/protobuf";
import { DurationSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { RE2JS } from "@bufbuild/re2";
import { celFunc, celList, celMap, celMethod, celUint, CelScalar, listType, mapType, objectType } from "@bufbuild/cel";
import { compare, entry, kind, Refused } from "./reference.mjs";

const { BOOL, BYTES, DOUBLE, DYN, INT, STRING, TYPE, UINT } = CelScalar;
const LIST = listType(DYN), MAP = mapType(DYN, DYN);
const DURATION = objectType(DurationSchema);
const TIMESTAMP = objectType(TimestampSchema);
const refuse = (why) => { throw new Refused(why); };

// --- strings: indexes count code points, not UTF-16 units ---

const at = (points, i, name) => i < 0n || i > BigInt(points.length) ? refuse(`${name}: outside`) : Number(i);

function indexOf(text, part, from) {
  const points = [...text], want = [...part];
  const begin = from === undefined ? 0 : at(points, from, "indexOf");
  for (let i = begin; i + want.length <= points.length; i++) if (want.every((c, j) => points[i + j] === c)) return BigInt(i);
  return -1n;
}

function lastIndexOf(text, part, from) {
  const points = [...text], want = [...part];
  const begin = from === undefined ? points.length : at(points, from, "lastIndexOf");
  for (let i = Math.min(begin, points.length - want.length); i >= 0; i--) if (want.every((c, j) => points[i + j] === c)) return BigInt(i);
  return -1n;
}

function substring(text, from, to) {
  const points = [...text], a = at(points, from, "substring"), b = to === undefined ? points.length : at(points, to, "substring");
  return a > b ? refuse("substring: ends before it starts") : points.slice(a, b).join("");
}

function split(text, separator, most = -1n) {
  if (most === 0n) return celList([]);
  const parts = separator === "" ? [...text] : text.split(separator);
  if (most < 0n || parts.length <= most) return celList(parts);
  const n = Number(most) - 1;
  return celList([...parts.slice(0, n), parts.slice(n).join(separator)]);
}

function replace(text, what, by, most = -1n) {
  const parts = what === "" ? ["", ...text, ""] : text.split(what);
  const n = most < 0n || most >= BigInt(parts.length) ? parts.length - 1 : Number(most);
  return parts.slice(0, n + 1).join(by) + (n + 1 < parts.length ? what + parts.slice(n + 1).join(what) : "");
}

// --- numbers ---

/** As Go's strconv.FormatFloat(x, 'g', -1, 64) with the exponent's two digits. */
function doubleText(x) {
  if (Object.is(x, -0)) return "-0";
  if (!Number.isFinite(x)) return String(x);
  const text = String(x);
  if (!text.includes("e") && Math.abs(x) >= 1e-4) return text;
  const [digits, exponent] = x.toExponential().split("e");
  if (x === 0 || (Number(exponent) >= -4 && Number(exponent) < 21)) return text;
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

const whole = (text) => /^[+-]?\d+$/.test(text) ? BigInt(text.replace("+", "")) : refuse("no whole number");
const intOf = (text) => BigInt.asIntN(64, whole(text)) === whole(text) ? whole(text) : refuse("out of range");
const uintOf = (text) => !text.startsWith("-") && BigInt.asUintN(64, whole(text)) === whole(text) ? celUint(whole(text)) : refuse("out of range");
const doubleOf = (text) => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?Infinity$|^NaN$/.test(text) ? Number(text) : refuse("no double");

/** A double as a fraction of whole numbers: nothing is lost. */
function fraction(x) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0), power = Number(bits >> 52n & 0x7ffn);
  const digits = (bits & 0xfffffffffffffn) | (power ? 1n << 52n : 0n), shift = BigInt(Math.max(power, 1) - 1075);
  return shift < 0n ? [digits, 1n << -shift] : [digits << shift, 1n];
}

/** a / b to the nearest whole number, a half to the even one. */
function nearest(a, b) {
  const down = a / b, rest = 2n * (a % b);
  return down + (rest > b || (rest === b && down % 2n) ? 1n : 0n);
}

const sign = (x) => x < 0 || Object.is(x, -0) ? "-" : "";
const pointed = (digits, places) => places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;

function fixed(x, places) {
  const [a, b] = fraction(Math.abs(x));
  return sign(x) + pointed(String(nearest(a * 10n ** BigInt(places), b)).padStart(places + 1, "0"), places);
}

function scientific(x, places) {
  const [a, b] = fraction(Math.abs(x));
  let power = x === 0 ? 0 : Number(Math.abs(x).toExponential(17).split("e")[1]), digits;
  for (;; power++) {
    const by = places - power;
    digits = String(by < 0 ? nearest(a, b * 10n ** BigInt(-by)) : nearest(a * 10n ** BigInt(by), b)).padStart(places + 1, "0");
    if (digits.length === places + 1) break;
  }
  return `${sign(x)}${pointed(digits, places)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** Base 10 in the fewest digits, without an exponent. */
function plain(x) {
  if (!Number.isFinite(x)) return String(x);
  const [, minus, head, tail = "", power] = /^(-?)(\d)(?:\.(\d+))?e(.*)$/.exec(x.toExponential());
  const digits = head + tail, places = tail.length - Number(power);
  return (minus || sign(x)) + (places <= 0 ? digits + "0".repeat(-places) : pointed(digits.padStart(places + 1, "0"), places));
}

// --- times ---

const time = (seconds, nanos = 0) => seconds < -62135596800n || seconds > 253402300799n ? refuse("out of range") : create(TimestampSchema, { seconds, nanos });

function timeOf(text) {
  const m = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i.exec(text) ?? refuse("no time");
  const [year, month, day, hour, minute, second] = m.slice(1, 7).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) refuse("no such time");
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(m[8]) ?? [0, "+", "0", "0"];
  const offset = BigInt(`${sign}1`) * BigInt(Number(hours) * 3600 + Number(minutes) * 60);
  return time(BigInt(date.getTime()) / 1000n + BigInt(hour * 3600 + minute * 60 + second) - offset, Number((m[7] ?? "").padEnd(9, "0")));
}

const UNITS = { ns: 1n, us: 1000n, "µs": 1000n, ms: 1000000n, s: 1000000000n, m: 60000000000n, h: 3600000000000n };

function spanOf(text) {
  const [, sign, body] = /^([+-]?)(.*)$/s.exec(text);
  let sum = 0n;
  if (body !== "0" && !/^((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(body)) refuse("no duration");
  for (const [, whole, part, unit] of body.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|ms|s|m|h)/g))
    sum += BigInt(whole || "0") * UNITS[unit] + BigInt(part || "0") * UNITS[unit] / 10n ** BigInt((part ?? "").length);
  return span(sign === "-" ? -sum : sum);
}

const span = (nanos) => BigInt.asIntN(64, nanos) === nanos ? create(DurationSchema, { seconds: nanos / 1000000000n, nanos: Number(nanos % 1000000000n) }) : refuse("out of range");

function decimalSeconds(nanos) {
  const size = nanos < 0n ? -nanos : nanos, part = String(size % 1000000000n).padStart(9, "0").replace(/0+$/, "");
  return `${nanos < 0n ? "-" : ""}${size / 1000000000n}${part && `.${part}`}s`;
}

const timeText = (t) => new Date(Number(t.message.seconds) * 1000).toISOString().replace(".000", t.message.nanos ? `.${String(t.message.nanos).padStart(9, "0").replace(/0+$/, "")}` : "");
const spanText = (d) => decimalSeconds(BigInt(d.message.seconds) * 1000000000n + BigInt(d.message.nanos));

// --- format ---

function shown(v) {
  switch (kind(v)) {
    case "double": return plain(v);
    case "bytes": return new TextDecoder("utf-8", { ignoreBOM: true }).decode(v).replace(/\ufffd+/g, "\ufffd");
    case "time": return timeText(v);
    case "span": return spanText(v);
    case "uint": return String(v.value);
    case "type": return v.name;
    case "list": return `[${[...v].map(shown).join(", ")}]`;
    case "map": return `{${[...v].map(([k, x]) => [shown(k), shown(x)]).sort((a, b) => compare(a[0], b[0])).map((p) => p.join(": ")).join(", ")}}`;
    case "optional": return refuse("an optional");
    default: return String(v);
  }
}

const based = (v, base) => kind(v) === "uint" ? v.value.toString(base) : kind(v) === "int" ? v.toString(base) : refuse("no whole number");
const hex = (v) => kind(v) === "string" || kind(v) === "bytes" ? Buffer.from(v).toString("hex") : based(v, 16);

function floating(v, places, write) {
  const x = kind(v) === "uint" ? Number(v.value) : kind(v) === "int" ? Number(v) : kind(v) === "double" ? v : refuse("no number");
  return Number.isFinite(x) ? write(x, places) : String(x);
}

const verbs = {
  s: shown, d: (v) => kind(v) === "double" ? plain(v) : based(v, 10), f: (v, p) => floating(v, p, fixed), e: (v, p) => floating(v, p, scientific), x: hex, X: (v) => hex(v).toUpperCase(), o: (v) => based(v, 8),
  b: (v) => kind(v) === "bool" ? String(Number(v)) : based(v, 2),
};

function format(text, values) {
  let used = 0;
  return text.replace(/%(?:%|(?:\.(\d+))?([a-zA-Z])|)/g, (clause, places = "6", verb) => {
    if (clause === "%%") return "%";
    if (!verbs[verb] || used >= values.size) refuse("format");
    return verbs[verb](values.get(used++), Number(places));
  });
}

function quote(text) {
  const named = { "\x07": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\\": "\\", "\"": "\"" };
  return `"${[...text].map((c) => named[c] ? `\\${named[c]}` : c).join("")}"`;
}

const getterParts = {
  getFullYear: (d) => d.getUTCFullYear(), getMonth: (d) => d.getUTCMonth(), getDate: (d) => d.getUTCDate(), getDayOfMonth: (d) => d.getUTCDate() - 1, getDayOfWeek: (d) => d.getUTCDay(),
  getDayOfYear: (d) => { const first = new Date(d); first.setUTCMonth(0, 1); return Math.round((d - first) / 86400000); },
  getHours: (d) => d.getUTCHours(), getMinutes: (d) => d.getUTCMinutes(), getSeconds: (d) => d.getUTCSeconds(), getMilliseconds: (d) => d.getUTCMilliseconds(),
};

/** The wall clock of a zone, as if it were UTC. */
function wall(t, zone) {
  const ms = Number(t.message.seconds) * 1000 + Math.floor(t.message.nanos / 1e6);
  const fixed = /^([+-]?)(\d\d):(\d\d)$/.exec(zone);
  if (fixed) return new Date(ms + (fixed[1] === "-" ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * 60000);
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", era: "short", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
  const p = Object.fromEntries(format.formatToParts(new Date(ms)).map((x) => [x.type, x.value]));
  const date = new Date(0);
  date.setUTCFullYear(p.era === "BC" ? 1 - Number(p.year) : Number(p.year), Number(p.month) - 1, Number(p.day));
  date.setUTCHours(Number(p.hour), Number(p.minute), Number(p.second), ((ms % 1000) + 1000) % 1000);
  return date;
}

function getters() {
  return Object.entries(getterParts).flatMap(([name, part]) => [
    celMethod(name, TIMESTAMP, [], INT, function () { return BigInt(part(wall(this, "+00:00"))); }),
    celMethod(name, TIMESTAMP, [STRING], INT, function (zone) { return BigInt(part(wall(this, zone))); }),
  ]);
}

/** Always replaced: the other one's replace() of "" a great many times does not end. [S] replace: from
    left to right, "replacing all occurrences", a negative limit is none. */
export const replaced = [
  celMethod("replace", STRING, [STRING, STRING], STRING, function (a, b) { return replace(String(this), a, b); }),
  celMethod("replace", STRING, [STRING, STRING, INT], STRING, function (a, b, n) { return replace(String(this), a, b, n); }),
];

export const corrections = {
  "timestamp(int) counts seconds": {
    specification: "conformance block_ext/basic/timestamp: int(timestamp(1000000000)) is 1000000000",
    functions: [celFunc("timestamp", [INT], TIMESTAMP, (i) => time(i))],
  },
  "timestamp(string) is RFC 3339, with days that exist": {
    specification: '[L] timestamp: "(type conversion, according to RFC3339)"; its section 5.6: "T" and "Z" may be lower case; 5.7: the last day of a month depends on month and year',
    functions: [celFunc("timestamp", [STRING], TIMESTAMP, timeOf)],
  },
  "matches(s, pattern) is a function too": {
    specification: '[L] matches, Signatures: "matches(string, string) -> bool", "string.matches(string) -> bool"',
    functions: [celFunc("matches", [STRING, STRING], BOOL, (s, pattern) => RE2JS.compile(pattern).test(s))],
  },
  "a key whose value is null is there": {
    specification: '[L] Field Selection: "If e evaluates to a map, then has(e.f) indicates whether the string f is a key in the map"; of an element in a map the same',
    patch: [Object.getPrototypeOf(celMap(new Map())), "has", function (key) { return this.get(key) !== undefined; }],
  },
  "uints are divided as uints": {
    specification: '[L] Overflow: "Arithmetic operations raise an error when the results exceed the range of the integer type (int, uint)"; this result is a uint',
    functions: [celFunc("_/_", [UINT, UINT], UINT, (a, b) => b.value === 0n ? refuse("by zero") : celUint(a.value / b.value))],
  },
  "an empty text is no duration": {
    specification: '[L] duration: "zero ("0"), negative (-1h), fractional (-23.4s), and/or compound (1h34us)": a text without a number is none of them',
    functions: [celFunc("duration", [STRING], DURATION, spanOf)],
  },
  "parts of a time are not rounded up": {
    specification: '[L] getDate: "(in UTC)", of the timestamp given: the last nanosecond of a day is that day',
    functions: getters(),
  },
  "a text that is no number is an error": {
    specification: '[L] int: "(if successful, otherwise an error)"; the empty text, spaces and words are no numbers',
    functions: [celFunc("double", [STRING], DOUBLE, doubleOf), celFunc("int", [STRING], INT, intOf), celFunc("uint", [STRING], UINT, uintOf)],
  },
  "string(double) writes exponents as Go does": {
    specification: '[L] says only "converts a double to a string"; cel-go writes %g with two digits of exponent',
    functions: [celFunc("string", [DOUBLE], STRING, doubleText)],
  },
  "duration(int) has the range of durations": {
    specification: '[L] Overflow: "Duration values are limited to a single int64 value, or roughly +-290 years"',
    functions: [celFunc("duration", [INT], DURATION, (i) => span(i * 1000000000n))],
  },
  "int() is not of durations": {
    specification: '[L] int, Signatures: int, uint, double, string, google.protobuf.Timestamp',
    functions: [celFunc("int", [DURATION], INT, () => refuse("no overload"))],
  },
  "string() of a type is its name": {
    specification: '[L] string, Signatures, has no type: ours takes one kind more than it must',
    functions: [celFunc("string", [TYPE], STRING, (t) => t.name)],
  },
  "the least int is not divided by -1, also for the rest": {
    specification: '[L] is silent on minInt % -1; cel-go refuses it as minInt / -1',
    functions: [celFunc("_%_", [INT, INT], INT, (a, b) => b === 0n || (b === -1n && a === -(2n ** 63n)) ? refuse("overflow") : a % b)],
  },
  "an index of a list is a number, and optionals are looked through": {
    specification: '[L] Aggregate values are indexed by int; cel-go, optional types: an index of an optional is one of what it holds',
    print: { through: true },
  },
  "has() of what has no fields is an error": {
    specification: '[L] Field Selection: "In all other cases, has(e.f) evaluates to an error"',
    print: { presence: true },
  },
  "two signs are two operations": {
    specification: '[L] Syntax: Unary = "-" {"-"} Member, each "-" an operation: it may overflow, or have no overload',
    print: { apart: true },
  },
  "string() of a time or duration has no zeros at its end": {
    specification: '[L] string, Examples: string(duration("1m1ms")) is "60.001s"; cel-go never writes zeros at the end',
    functions: [celFunc("string", [TIMESTAMP], STRING, timeText), celFunc("string", [DURATION], STRING, spanText)],
  },
  "format is exact, and as its table says": {
    specification: '[S] string.format: %f and %e take int and uint; "round half to even"; %s and %d of a double "in base 10", keys "in ascending order", adjacent invalid UTF-8 a single U+FFFD',
    functions: [celMethod("format", STRING, [LIST], STRING, function (list) { return format(String(this), list); })],
  },
  "strings.quote writes no escape that CEL cannot read": {
    specification: '[L] String literals: an octal escape has three digits, so \\0 alone is none',
    functions: [celFunc("strings.quote", [STRING], STRING, quote)],
  },
  "what can be no key is in no map": {
    specification: '[L] Equality: "the runtime uses heterogeneous equality": what has another type is not equal, and no error',
    functions: [celFunc("@in", [DYN, MAP], BOOL, (v, map) => entry(map, v) !== undefined)],
  },
  "indexes of strings count code points": {
    specification: '[L] Types, string: "Strings of Unicode code points"; cel-go ext/README.md, Strings: positions are of characters',
    functions: [
      celMethod("charAt", STRING, [INT], STRING, function (i) { return [...this][at([...this], i, "charAt")] ?? ""; }),
      celMethod("indexOf", STRING, [STRING], INT, function (p) { return indexOf(String(this), p); }),
      celMethod("indexOf", STRING, [STRING, INT], INT, function (p, i) { return indexOf(String(this), p, i); }),
      celMethod("lastIndexOf", STRING, [STRING], INT, function (p) { return lastIndexOf(String(this), p); }),
      celMethod("lastIndexOf", STRING, [STRING, INT], INT, function (p, i) { return lastIndexOf(String(this), p, i); }),
      celMethod("substring", STRING, [INT], STRING, function (a) { return substring(String(this), a); }),
      celMethod("substring", STRING, [INT, INT], STRING, function (a, b) { return substring(String(this), a, b); }),
    ],
  },
  "split keeps the rest in its last part": {
    specification: '[E] split: the limit is of the number of substrings, as Go\'s strings.SplitN, the last holds what is left',
    functions: [
      celMethod("split", STRING, [STRING], LIST, function (s) { return split(String(this), s); }),
      celMethod("split", STRING, [STRING, INT], LIST, function (s, n) { return split(String(this), s, n); }),
    ],
  },
};

const ASTRAL = /[\u{10000}-\u{10ffff}]/u;

export const known = [
  {
    name: "a null has no opposite",
    specification: '[L] Logical NOT, Signature: "!bool -> bool"; the other one gives the null back',
    matches: (c, mine, other) => /no such overload: !\(null_type\)$/.test(mine.error) && other.value === "null",
  },
  {
    name: "a double is no key",
    specification: 'conformance fields/map_fields/map_key_float: "unsupported key type"; the other one takes a whole double for an int',
    matches: (c, mine) => /unsupported key type: double$/.test(mine.error),
  },
  {
    name: "a uint is a key only once",
    specification: '[L] "It is an error to have duplicate keys"; conformance fields/qualified_identifier_resolution/map_value_repeat_key',
    matches: (c, mine) => /the key \d+ is there twice/.test(mine.error) && /\d[uU]: /.test(c.text),
  },
  {
    name: "a literal of bytes holds the UTF-8 of what is written",
    specification: '[L] "The bytes literal is the sequence of bytes given by the UTF-8 representation of the string literal"; the other one halves what is above U+FFFF',
    matches: (c) => new RegExp(`\\b[bB][rR]?["'].*${ASTRAL.source}`, "u").test(c.text),
  },
];
