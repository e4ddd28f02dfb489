// Writes the cases of @bufbuild/cel-spec as plain JSON: node conformance.mjs OUT [NODE_MODULES]
// One flat list. A case of the conformance suite is as it stands there, with `type` where the
// reference deduced one; one of `parsing` and `comprehension` says whether it `parses`, one of
// `checking` has the `type` or `refused`. What is left out is said in excluded.txt alone.
import { writeFileSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [out, modules = "node_modules"] = process.argv.slice(2);
if (!out) {
  console.error("usage: conformance.mjs OUT [NODE_MODULES]");
  process.exit(2);
}
const dir = resolve(modules, "@bufbuild/cel-spec/dist/esm/testdata");
const load = async (name) => (await import(pathToFileURL(`${dir}/${name}.js`))).tests;

// The reference prints the type of null as "null".
const typeName = (text) => text?.replaceAll(/\bnull\b/g, "null_type");

const cases = [];
function walk(node, path) {
  for (const suite of node.suites ?? []) walk(suite, [...path, suite.name]);
  for (const { original, type } of node.tests ?? []) {
    const c = { ...original, name: [...path, original.name].join("/") };
    // What cel.index() stands for is dyn to the reference; here it has its own type.
    if (path[0] !== "block_ext") c.type = typeName(type);
    cases.push(c);
  }
}
walk(await load("conformance"), []);

async function flat(suite, expected) {
  (await load(suite)).tests.forEach((t, i) =>
    cases.push({ ...t.original, name: `${suite}/${String(i + 1).padStart(3, "0")}`, ...expected(t) }));
}
await flat("parsing", (t) => ({ parses: Boolean(t.ast) }));
await flat("comprehension", (t) => ({ parses: Boolean(t.ast) }));
await flat("checking", (t) => (t.type ? { type: typeName(t.type) } : { refused: t.error }));

mkdirSync(dirname(resolve(out)), { recursive: true });
writeFileSync(out, JSON.stringify(cases));
