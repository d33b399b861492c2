// Judges a page with Lighthouse, as on a telephone of middling speed: node measure.mjs RUNS ADDRESS
// Prints one line of JSON: the run of median performance, what it found wrong about access and good practice, and whom else the page asked.
// CHROME_PATH names the browser.
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [runs, address] = process.argv.slice(2);
const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];
const NUMBERS = { fcp: "first-contentful-paint", lcp: "largest-contentful-paint", tbt: "total-blocking-time", cls: "cumulative-layout-shift" };
const UNRECORDED = new Set(["NO_NAVSTART", "NO_FCP", "NO_TRACING_STARTED"]);
const CATEGORIES = ["performance", "accessibility", "best-practices"];

async function judge() {
  // Lighthouse empties the profile before each run, so every run is somebody's first visit.
  const chrome = await launch({ chromeFlags: flags, logLevel: "silent" });
  try {
    const { lhr } = await lighthouse(address, { port: chrome.port, onlyCategories: CATEGORIES, logLevel: "error" });
    if (lhr.runtimeError) throw Object.assign(new Error(`${address}: ${lhr.runtimeError.message}`), { code: lhr.runtimeError.code });
    const found = { faults: [], strangers: [] };
    for (const [name, audit] of Object.entries(NUMBERS)) {
      found[name] = lhr.audits[audit].numericValue;
      if (found[name] === undefined) throw new Error(`${address}: Lighthouse could not tell ${audit}: ${lhr.audits[audit].errorMessage}`);
    }
    for (const name of CATEGORIES) {
      if (lhr.categories[name].score === null) throw new Error(`${address}: Lighthouse gave no score for ${name}.`);
      found[name] = Math.round(100 * lhr.categories[name].score);
      if (name === "performance") continue;
      for (const { id, weight } of lhr.categories[name].auditRefs) {
        const audit = lhr.audits[id];
        if (weight && audit.score !== null && audit.score < 1) found.faults.push(`${id}: ${audit.title}`);
      }
    }
    const asked = lhr.audits["network-requests"].details.items.map((one) => one.url);
    found.strangers = asked.filter((url) => !url.startsWith("data:") && new URL(url).origin !== new URL(address).origin);
    return found;
  } finally {
    chrome.kill();
  }
}

// A browser that is kept waiting by other work now and then records nothing that Lighthouse could read: that is no finding.
async function judgeUntilRecorded(tries = 3) {
  try {
    return await judge();
  } catch (error) {
    if (tries > 1 && UNRECORDED.has(error.code)) return judgeUntilRecorded(tries - 1);
    throw error;
  }
}

const found = [];
for (let run = 0; run < Number(runs); run += 1) found.push(await judgeUntilRecorded());
found.sort((a, b) => a.performance - b.performance);
console.log(JSON.stringify({ ...found[found.length >> 1], strangers: [...new Set(found.flatMap((one) => one.strangers))] }));
