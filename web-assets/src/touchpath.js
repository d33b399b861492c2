// The little that HTML and CSS cannot do: arrow keys along a chart, its read-out, short addresses, polite announcements.
"use strict";

const points = (plot) => [...plot.querySelectorAll(".point")];
const plotOf = (point) => point.closest("[data-points], .plot");

function readOut(point) {
  const line = point.closest("figure")?.querySelector(".readout");
  if (line) line.textContent = point.getAttribute("aria-label");
}

function moveTo(point) {
  for (const other of points(plotOf(point))) other.setAttribute("tabindex", other === point ? "0" : "-1");
  point.focus();
}

document.addEventListener("keydown", (event) => {
  const point = event.target.closest?.(".point");
  if (!point) return;
  const all = points(plotOf(point));
  const at = all.indexOf(point);
  const row = point.closest("tr");
  const below = row && { ArrowUp: row.previousElementSibling, ArrowDown: row.nextElementSibling }[event.key];
  if (below !== null && below !== undefined) {
    event.preventDefault();
    const found = below.children[point.parentElement.cellIndex]?.querySelector(".point");
    if (found) moveTo(found);
    return;
  }
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  if (all[next]) moveTo(all[next]);
});

document.addEventListener("focusin", (event) => {
  const point = event.target.closest?.(".point");
  if (point) readOut(point);
});

document.addEventListener("pointermove", (event) => {
  const inside = event.target.closest?.(".point");
  if (inside && !inside.closest(".plot")) readOut(inside);
  const plot = event.target.closest?.(".plot-box")?.querySelector(".plot");
  if (!plot) return;
  const flat = !plot.closest(".quadrant");
  const distance = (point) => {
    const box = (point.querySelector(".target") ?? point).getBoundingClientRect();
    return Math.hypot(box.left + box.width / 2 - event.clientX, flat ? 0 : box.top + box.height / 2 - event.clientY);
  };
  const nearest = points(plot).sort((a, b) => distance(a) - distance(b))[0];
  if (nearest) readOut(nearest);
});

// What has the focus is never behind the steps that stay above a map, however many lines their names take.
const heads = new ResizeObserver((seen) => {
  for (const { target } of seen) target.closest(".map-wide").style.scrollPaddingBlockStart = `${target.offsetHeight + 8}px`;
});
const keepHeads = () => document.querySelectorAll(".map-wide thead").forEach((head) => heads.observe(head));
keepHeads();
document.addEventListener("htmx:after:swap", keepHeads);

// Blank fields say nothing, so they stay out of the address.
document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (request.method !== "GET") return;
  for (const [name, value] of [...request.body.entries()]) if (value === "") request.body.delete(name);
});

// Words for scripts stand in the page, in its language.
const said = document.getElementById("said").dataset;

function announce(words) {
  const live = document.getElementById("live");
  if (live) live.textContent = words;
}

// What looks at itself every second stays quiet until it is over.
document.addEventListener("htmx:after:swap", () => {
  if (asking || document.querySelector("main [data-quiet]")) return;
  const finding = document.querySelector("main figcaption h2, main h1");
  announce(`${said.updated} ${finding ? finding.textContent.trim() : ""}`);
});
document.addEventListener("htmx:error", () => {
  if (!asking) toast({ words: said.unanswered, mood: "bad" });
});

// Messages: those that came with the page, and those that a swap brings along.
const make = (name, properties, ...children) => {
  const one = Object.assign(document.createElement(name), properties);
  one.append(...children);
  return one;
};

function toast({ words, mood = "plain", undo = "", fields = {} }) {
  const box = make("div", { className: `toast ${mood}` }, make("p", { textContent: words }));
  if (undo) {
    const form = make("form", { method: "post", action: undo });
    for (const [name, value] of Object.entries(fields)) form.append(make("input", { type: "hidden", name, value }));
    form.append(make("button", { type: "submit", textContent: said.undo }));
    box.append(form);
  }
  const dismiss = make("button", { type: "button", className: "what", textContent: "\u00d7", ariaLabel: said.dismiss });
  dismiss.dataset.dismiss = "";
  box.append(dismiss);
  document.getElementById("toasts").replaceChildren(box);
  announce(words);
  tellInTitle(words);
}

// What is said while the page is out of sight stands in its title until it is seen again.
let title = "";
function tellInTitle(words) {
  if (!document.hidden) return;
  title ||= document.title;
  document.title = `\u25cf ${words}`;
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !title) return;
  document.title = title;
  title = "";
});
document.addEventListener("notice", (event) => toast(event.detail));
const first = document.querySelector("#toasts .toast p");
if (first) setTimeout(announce, 300, first.textContent);

document.addEventListener("click", (event) => {
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest(".toast").remove();
});

// A figure as a picture: its SVG file drawn on a canvas, into the clipboard or, where that is refused, a file.
async function copyPicture(button) {
  const answer = await fetch(button.dataset.png).catch(() => null);
  if (!answer?.ok) return announce(said.unanswered);
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(await answer.text())}`;
  await image.decode();
  const canvas = make("canvas", { width: image.width * 2, height: image.height * 2 });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  try {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    announce(said.copied);
  } catch {
    const link = make("a", { href: URL.createObjectURL(blob), download: `${button.dataset.name}.png` });
    link.click();
    URL.revokeObjectURL(link.href);
    announce(said.uncopied);
  }
}
document.addEventListener("click", (event) => {
  const picture = event.target.closest("[data-png]");
  if (picture) copyPicture(picture);
  const link = event.target.closest("[data-copy]");
  if (!link || !navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  navigator.clipboard.writeText(link.href).then(() => toast({ words: said.copied, mood: "good" }), () => location.assign(link.href));
});

// Dialogs of browsers that do not know `command` yet.
if (!("command" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!dialog) return;
    if (button.getAttribute("command") === "close") dialog.close();
    else dialog.showModal();
  });
}

// Tips go away on Escape and come back with the next move.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.body.classList.add("tips-away");
});
for (const name of ["pointerover", "focusin"]) document.addEventListener(name, () => document.body.classList.remove("tips-away"));

// The command palette: a combo box over what the server finds.
const palette = document.getElementById("palette");
const opener = () => document.getElementById("open-palette");
if (palette) {
  const input = document.getElementById("palette-input");
  const list = document.getElementById("palette-list");
  const options = () => [...list.querySelectorAll("[role=option]:not([aria-disabled])")];
  let asked = 0;
  let waiting;

  const choose = (option) => {
    for (const one of options()) one.ariaSelected = String(one === option);
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const find = async () => {
    const mine = ++asked;
    const address = new URL(opener().dataset.palette, location.href);
    address.searchParams.set("q", input.value);
    const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    if (mine !== asked) return;
    if (!answer?.ok) return void (document.getElementById("palette-said").textContent = said.unanswered);
    list.innerHTML = await answer.text();
    input.ariaExpanded = "true";
    choose(options()[0]);
    document.getElementById("palette-said").textContent = options().length ? `${options().length}: ${options()[0].textContent}` : list.textContent;
  };
  const open = (option) => {
    palette.close();
    location.assign(option.dataset.href);
  };

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(find, 80);
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.findIndex((one) => one.ariaSelected === "true");
    const next = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, PageDown: all.length - 1, PageUp: 0 }[event.key];
    if (next !== undefined && all.length) {
      event.preventDefault();
      choose(all[next]);
    } else if (event.key === "Enter" && all[at]) {
      event.preventDefault();
      open(all[at]);
    }
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[data-href]");
    if (option) open(option);
  });
  palette.addEventListener("close", () => {
    input.value = "";
    input.ariaExpanded = "false";
    list.replaceChildren();
  });
  const show = () => {
    if (palette.open) return;
    document.querySelectorAll("dialog[open]").forEach((one) => one.close());
    palette.showModal();
    input.focus();
    find();
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#open-palette") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      show();
    } else if (event.key === "/" && singleKey(event)) {
      event.preventDefault();
      show();
    }
  });
}

// Single letters do something only outside of fields, and not at all for whoever turned them off.
const KEPT = "touchpath-single-keys";
const keysSwitch = document.getElementById("single-keys");
keysSwitch.checked = localStorage.getItem(KEPT) !== "off";
keysSwitch.addEventListener("change", () => localStorage.setItem(KEPT, keysSwitch.checked ? "on" : "off"));

function singleKey(event) {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  return keysSwitch.checked && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && !document.querySelector("dialog[open]");
}

let going = false;
document.addEventListener("keydown", (event) => {
  if (!singleKey(event)) return;
  const wasGoing = going;
  going = event.key === "g";
  const link = wasGoing && document.querySelector(`#nav a[data-key="${CSS.escape(event.key)}"]`);
  const target = { f: ".filters select, .filters input", t: "#main" }[event.key];
  if (link) location.assign(link.href);
  else if (event.key === "?") document.getElementById("keys").showModal();
  else if (target && !wasGoing) {
    const found = document.querySelector(target);
    if (!found) return;
    event.preventDefault();
    found.focus();
    if (event.key === "t") scrollTo(0, 0);
  }
});

// Pages that follow: told by the server that there is something new, they ask for themselves again, unless they are paused, out of
// sight, or somebody is writing. However long an answer takes, the server is left alone three times as long.
const FOLLOW = "touchpath-follow";
const REST = 3;
const follower = () => document.getElementById("follow");
const follows = () => Boolean(follower()) && sessionStorage.getItem(FOLLOW) !== "off";
let asking = false;
let written = false;
let rested = 0;
let waits;
let spoken = -Infinity;
let news;

function listen() {
  const one = follower();
  const wanted = follows() && !document.hidden ? one.dataset.news : "";
  if (one) one.ariaPressed = String(follows());
  if (news && news.of !== wanted) {
    news.source.close();
    news = undefined;
    clearTimeout(losing);
    losing = undefined;
  }
  if (!wanted || news) return;
  news = { of: wanted, source: new EventSource(`${wanted}?since=${encodeURIComponent(one.dataset.since)}`) };
  news.source.addEventListener("news", () => askAgain());
  news.source.addEventListener("open", found);
  news.source.addEventListener("error", missed);
}

// A server that goes away for a moment, as every listener's does now and then, is not spoken of; one that stays away is.
const PATIENCE = 5000;
let losing;
let lost = false;

function missed() {
  losing ??= setTimeout(() => {
    lost = true;
    document.getElementById("followed").textContent = said.lost;
    toast({ words: said.lost, mood: "bad" });
  }, PATIENCE);
  if (news?.source.readyState !== EventSource.CLOSED) return;
  news = undefined; // It answered, but not with news: the browser does not ask again by itself.
  setTimeout(listen, PATIENCE);
}

function found() {
  clearTimeout(losing);
  losing = undefined;
  if (!lost) return;
  lost = false;
  toast({ words: said.back, mood: "good" });
  askAgain();
}

function askAgain() {
  clearTimeout(waits);
  const writing = document.activeElement?.closest("#main :is(input, select, textarea, [contenteditable])");
  if (!follows() || document.hidden || written) return;
  const rest = asking || writing ? 1000 : rested - performance.now();
  if (rest > 0) waits = setTimeout(askAgain, rest);
  else refresh();
}

async function refresh() {
  const began = performance.now();
  const kept = htmx.config.morphIgnore;
  asking = true;
  htmx.config.morphIgnore = [...kept, "open"]; // what somebody unfolded stays so
  try {
    await htmx.ajax("GET", location.pathname + location.search, { target: "#main", select: "#main", swap: "outerMorph", headers: { "Touchpath-Follows": "1" } });
    listen();
    tellWhen();
  } finally {
    htmx.config.morphIgnore = kept;
    asking = false;
    const took = performance.now() - began;
    rested = performance.now() + Math.max(1000 - took, REST * took);
  }
}

function tellWhen() {
  const words = said.followed.replace("{time}", new Date().toLocaleTimeString(document.documentElement.lang));
  document.getElementById("followed").textContent = words;
  if (performance.now() - spoken < 30_000) return;
  spoken = performance.now();
  announce(words);
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("#follow")) return;
  sessionStorage.setItem(FOLLOW, follows() ? "off" : "on");
  listen();
  if (!follows()) document.getElementById("followed").textContent = said.paused;
});
document.addEventListener("input", (event) => {
  if (event.target.form?.method === "post") written = true;
});
document.addEventListener("visibilitychange", listen);
document.addEventListener("htmx:after:swap", listen);
addEventListener("pagehide", () => news?.source.close());
listen();
// Passwords can be read while they are typed, and hide again when they are sent.
document.addEventListener("change", (event) => {
  const shows = event.target.dataset?.shows;
  if (shows) document.getElementById(shows).type = event.target.checked ? "text" : "password";
});
document.addEventListener("submit", (event) => {
  for (const one of event.target.querySelectorAll("[data-shows]")) document.getElementById(one.dataset.shows).type = "password";
});

// Texts to take along: the button says that it was done.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy-text]");
  const text = button && document.getElementById(button.dataset.copyText).textContent;
  if (button) navigator.clipboard?.writeText(text).then(() => toast({ words: said.copied, mood: "good" }), () => {});
});

// Ctrl+Enter runs what is written.
document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.("[data-run]") || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

// What somebody unfolded beside a question stays so when the answer comes.
let unfolded = [];
document.addEventListener("htmx:before:swap", () => {
  unfolded = [...document.querySelectorAll("details[data-stays][open]")].map((one) => one.id);
});
document.addEventListener("htmx:after:swap", () => {
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
});
