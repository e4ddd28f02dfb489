// Random expressions through `botops cel` and through @bufbuild/cel, an implementation that shares
// nothing with ours: value and kind must be the same, or both an error.
//   differential.mjs BOTOPS COUNT [SEED]
// The other one's own slips are in known.mjs, each with the words that decide. What is not there is
// shrunk, shown with its seed, and the end status is 1.
import { spawnSync } from "node:child_process";
import { celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import { Generator, Random, data, dataJson, print, smaller } from "./generate.mjs";
import { canonical, canonicalTyped, dataValue, extensions, optionalType } from "./reference.mjs";
import { corrections, known, replaced } from "./known.mjs";

const CHUNK = 4000, SHRINK_ROUNDS = 60, SHOWN = 20;
const [botops, count = "10000", first = "1"] = process.argv.slice(2);
if (!botops) {
  console.error("usage: differential.mjs BOTOPS COUNT [SEED]");
  process.exit(2);
}
process.env.TZ = "UTC"; // the other one computes with local dates

// --- the two sides: {value: text} or {error: text} ---

function ours(cases) {
  const input = cases.map((c) => `{"expr":${JSON.stringify(c.text)},"data":${c.json}}\n`).join("");
  const run = spawnSync(botops, ["cel", "--batch", "--typed"], { input, maxBuffer: 1 << 30, encoding: "utf8" });
  const lines = run.stdout.split("\n").filter(Boolean);
  if (run.status !== 0 || lines.length !== cases.length)
    throw new Error(`botops cel ended with ${run.status ?? run.signal} after ${lines.length} of ${cases.length} lines: ${run.stderr}\n${cases[lines.length]?.text}`);
  return lines.map((line) => {
    const { value, error, code, at } = JSON.parse(line);
    return error === undefined ? { value: canonicalTyped(value) } : { error, code, at };
  });
}

const environment = (more) => celEnv({ funcs: [...strings, ...extensions, ...replaced, ...more] });
const environments = new Map([["", environment([])]]);

/** With some corrections: their functions in the environment, their patches for this one time. */
function theirs(c, names = []) {
  const key = names.join();
  const used = names.map((n) => corrections[n]), patches = used.filter((u) => u.patch).map((u) => u.patch);
  if (!environments.has(key)) environments.set(key, environment(used.flatMap((u) => u.functions ?? [])));
  const kept = patches.map(([of, name, by]) => { const was = of[name]; of[name] = by; return was; });
  try {
    const options = Object.assign({}, ...used.map((u) => u.print));
    return answer(used.some((u) => u.print) ? { ...c, plain: print(c.tree, "plain", options) } : c, environments.get(key));
  } finally {
    patches.forEach(([of, name], i) => { of[name] = kept[i]; });
  }
}

function answer(c, env) {
  try {
    const v = plan(env, parse(c.plain))({ ...c.values, optional_type: optionalType });
    return isCelError(v) ? { error: v.message } : { value: canonical(v) };
  } catch (e) {
    return { error: e.message };
  }
}

const agree = (a, b) => a.error !== undefined ? b.error !== undefined : a.value === b.value;

// --- why they differ ---

/** The corrections that it takes for the two to agree, as few as possible; null: they do not. */
function corrected(c, mine) {
  const names = Object.keys(corrections);
  const fits = (list) => agree(mine, theirs(c, list));
  const one = names.find((n) => fits([n]));
  if (one) return [one];
  if (!fits(names)) return null;
  return names.reduce((left, n) => { const less = left.filter((x) => x !== n); return fits(less) ? less : left; }, names);
}

const early = (mine) => mine.at === "compilation";

/** Why the two differ; null: nobody knows. A refusal before the evaluation is right when with every part
    behind dyn(), where only the evaluation can tell, the two do not differ. */
function reason(c, mine, other) {
  if (mine.code === "too-large" && /steps|text|values|nested|bytes/.test(mine.error)) return "ours: a limit was reached";
  for (const k of known) if (k.matches(c, mine, other)) return k.name;
  const names = corrected(c, mine);
  if (names) return names.join(" + ");
  if (!early(mine)) return null;
  const [later] = ours([{ ...c, text: print(c.tree, "unknown") }]);
  if (early(later)) return null;
  if (agree(later, other)) return "ours: refused before the evaluation";
  const more = reason(c, later, other);
  return more && `ours: refused before the evaluation + ${more}`;
}

// --- one case ---

function makeCase(seed, tree, values) {
  return { seed, tree, text: print(tree, "ours"), plain: print(tree, "plain"), json: dataJson(values), values: Object.fromEntries([...values].map(([k, v]) => [k, dataValue(v)])), raw: values };
}

function differs(c, mine) {
  const other = theirs(c);
  return !agree(mine, other) && reason(c, mine, other) === null;
}

function shrunk(c) {
  for (let round = 0; round < SHRINK_ROUNDS; round++) {
    const tries = [];
    for (const tree of smaller(c.tree)) {
      const t = makeCase(c.seed, tree, c.raw);
      if (t.text.length < c.text.length) tries.push(t);
      if (tries.length >= 2000) break;
    }
    tries.sort((a, b) => a.text.length - b.text.length);
    if (!tries.length) return c;
    const mine = ours(tries), better = tries.find((t, i) => differs(t, mine[i]));
    if (!better) return c;
    c = better;
  }
  return c;
}

function show(c) {
  const [mine] = ours([c]), other = theirs(c);
  const said = (r) => r.error !== undefined ? `error: ${r.error}` : r.value;
  console.log(`seed ${c.seed}: ${JSON.stringify(c.text)}`);
  if (c.plain !== c.text) console.log(`  as    ${JSON.stringify(c.plain)}`);
  const used = [...c.raw].filter(([k]) => new RegExp(`\\b${k}\\b`).test(c.text));
  if (used.length) console.log(`  data  ${dataJson(new Map(used))}`);
  console.log(`  ours  ${said(mine)}\n  other ${said(other)}`);
}

// --- all of them ---

const tally = { compared: 0, values: 0, errors: 0, reasons: {} };
const open = [];

function compareChunk(from, n) {
  const cases = Array.from({ length: n }, (_, i) => makeCase(from + i, new Generator(from + i).expression(), data(new Random((from + i) * 7919))));
  ours(cases).forEach((mine, i) => {
    const c = cases[i], other = theirs(c);
    tally.compared++;
    if (agree(mine, other)) {
      tally[mine.error !== undefined ? "errors" : "values"]++;
      return;
    }
    const why = reason(c, mine, other);
    if (why === null) open.push(c);
    else tally.reasons[why] = (tally.reasons[why] ?? 0) + 1;
  });
}

for (let done = 0; done < Number(count); done += CHUNK) compareChunk(Number(first) + done, Math.min(CHUNK, Number(count) - done));
console.log(`${tally.compared} compared: ${tally.values} gave the same value, ${tally.errors} were errors on both sides`);
for (const [name, n] of Object.entries(tally.reasons).sort((a, b) => b[1] - a[1])) console.log(`${n} differ: ${name}`);
console.log(`${open.length} differ for no known reason`);
const seen = new Set();
for (const c of open.slice(0, 40)) {
  if (seen.size >= SHOWN) break;
  const small = shrunk(c);
  if (seen.has(small.text)) continue;
  seen.add(small.text);
  show(small);
}
process.exit(open.length ? 1 : 0);
