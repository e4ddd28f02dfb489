// cel.mjs - the expressions of the CEL bench in @bufbuild/cel.
//
//     build/bench/cel bench/cel.lua cases | node bench/cel.mjs
//
// Prints one JSON line: for each case the nanoseconds of one evaluation, the median of the rounds.
// The event is prepared and the expression planned before, as for the others.

import { readFileSync } from "node:fs";
import { celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";

const ROUNDS = 21, TURNS = 2000;

/** JSON's values as CEL has them: maps, and whole numbers as ints. */
function value(v) {
  if (Array.isArray(v)) return v.map(value);
  if (v && typeof v === "object") return new Map(Object.entries(v).map(([k, x]) => [k, value(x)]));
  return Number.isInteger(v) ? BigInt(v) : v;
}

function measure(evaluate, names) {
  const ns = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begun = process.hrtime.bigint();
    for (let i = 0; i < TURNS; i++) evaluate(names);
    ns.push(Number(process.hrtime.bigint() - begun) / TURNS);
  }
  return ns.sort((a, b) => a - b)[ROUNDS >> 1];
}

const { event, cases } = JSON.parse(readFileSync(0, "utf8"));
const names = { event: value(event) };
const env = celEnv({ funcs: strings });
const figures = {};
for (const [name, source] of Object.entries(cases)) {
  const evaluate = plan(env, parse(source));
  const result = evaluate(names);
  if (isCelError(result)) throw new Error(`${name}: ${result.message}`);
  figures[name] = Math.round(measure(evaluate, names));
}
console.log(JSON.stringify(figures));
