// Builds everything the pages load into src/touchpath/web/static: hashed names, one manifest, the same bytes every time.
//   npm ci && node build.mjs [folder]
// The folder is emptied first. axe-core is not part of it: only tests read that, straight from node_modules.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync, transformSync } from "esbuild";
import subset from "subset-font";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, "..", "src", "touchpath", "web", "static");
const vendored = (path) => readFileSync(join(here, "node_modules", path));
const own = (path) => readFileSync(join(here, "src", path), "utf8");
const small = (text, loader) => Buffer.from(transformSync(text, { loader, minify: true, target: "es2022", charset: "utf8" }).code);
const bundled = (path, more = {}) =>
  buildSync({ entryPoints: [join(here, "src", path)], bundle: true, minify: true, format: "esm", target: "es2022", charset: "utf8", legalComments: "none", write: false, ...more }).outputFiles[0].contents;
const manifest = {};

function keep(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const dot = name.lastIndexOf(".");
  manifest[name] = `${name.slice(0, dot)}.${hash}${name.slice(dot)}`;
  writeFileSync(join(target, manifest[name]), bytes);
}

mkdirSync(target, { recursive: true });
for (const old of readdirSync(target)) rmSync(join(target, old));

const font = "@fontsource-variable/inter";
// Half of what pages load is the typeface. Of its Latin file stay the weights that the stylesheet uses, and the features that it asks for or that
// every text needs, with the letters that these lead to.
const range = JSON.parse(vendored(`${font}/unicode.json`).toString("utf8")).latin.matchAll(/U\+(\w+)(?:-(\w+))?/g);
const letters = [...range].flatMap(([, first, last]) => {
  const from = parseInt(first, 16);
  return Array.from({ length: parseInt(last ?? first, 16) - from + 1 }, (_, at) => String.fromCodePoint(from + at));
}).join("");
const keepFeatures = ["calt", "ccmp", "kern", "liga", "locl", "mark", "mkmk", "tnum", "cv05", "ss03"];
keep("inter.woff2", await subset(vendored(`${font}/files/inter-latin-wght-normal.woff2`), letters, { targetFormat: "woff2", variationAxes: { wght: { min: 400, max: 700 } }, keepFeatures, noHinting: true, preserveNameIds: [0, 13, 14] }));
keep("htmx.js", Buffer.from(vendored("htmx.org/dist/htmx.min.js").toString("utf8").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n")));
keep("touchpath.js", small(own("touchpath.js"), "js"));
keep("strip.js", small(own("strip.js"), "js"));
keep("present.js", small(own("present.js"), "js"));
// Explorers: what they are made of, and ECharts, which a page fetches when there is something to draw.
keep("charts.js", bundled("explorers/charts.ts"));
keep("explorer.js", bundled("explorers/element.ts", { define: { CHARTS: JSON.stringify(`./${manifest["charts.js"]}`) }, external: ["./charts.*"] }));
keep("icon.svg", Buffer.from(own("icon.svg")));
keep("touchpath.css", small(own("touchpath.css").replace("inter.woff2", manifest["inter.woff2"]), "css"));

const licences = [
  ["Inter", vendored(`${font}/LICENSE`)],
  ["htmx", vendored("htmx.org/LICENSE")],
  ["Apache ECharts", Buffer.concat([vendored("echarts/NOTICE"), Buffer.from("\n\n"), vendored("echarts/LICENSE")])],
  ["zrender", vendored("zrender/LICENSE")],
  ["tslib", vendored("tslib/LICENSE.txt")],
].map(([name, text]) => `${name}\n${"=".repeat(name.length)}\n\n${text.toString("utf8").trim()}\n`);
writeFileSync(join(target, "LICENSES.txt"), licences.join("\n\n"));
writeFileSync(join(target, "manifest.json"), JSON.stringify(manifest, Object.keys(manifest).sort(), 2) + "\n");
