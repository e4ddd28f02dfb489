// Writes the conformance cases of @bufbuild/cel-spec as plain JSON: node conformance.mjs OUT [NODE_MODULES]
// One flat list; a case that needs protobuf messages or enums carries "proto": true.
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

// Messages and enums are named by their package; of google.protobuf only two are values of CEL.
function needsProto(c) {
  const text = JSON.stringify(c).replaceAll(/google\.protobuf\.(Timestamp|Duration)\b/g, "");
  return /TestAllTypes|NestedTestAllTypes|cel\.expr|google\.protobuf|enumValue|GlobalEnum|NestedEnum|proto\.(has|get)Ext/.test(text);
}

const cases = [];
function walk(node, path) {
  for (const suite of node.suites ?? []) walk(suite, [...path, suite.name]);
  for (const { original } of node.tests ?? []) {
    const c = { ...original, name: [...path, original.name].join("/") };
    if (needsProto(original)) c.proto = true;
    cases.push(c);
  }
}
walk(await load("conformance"), []);

// Of the parser's own data: what is accepted and what is refused. Left out: messages, the
// reference's own limits and hidden names, and syntax that it had switched off for the case.
const parsing = (await load("parsing")).tests
  .filter((t) => !/recursion|unsupported syntax/.test(t.error ?? ""))
  .filter((t) => !/__result__|[\w.`]\s*\{/.test(t.original.expr))
  .map((t) => ({ expr: t.original.expr, ok: Boolean(t.ast) }));

mkdirSync(dirname(resolve(out)), { recursive: true });
writeFileSync(out, JSON.stringify({ cases, parsing }));
