// The little that HTML and CSS cannot do: arrow keys along a chart, its read-out, short addresses, polite announcements.
"use strict";

const points = (plot) => [...plot.querySelectorAll(".point")];

function readOut(point) {
  const line = point.closest("figure")?.querySelector(".readout");
  if (line) line.textContent = point.getAttribute("aria-label");
}

function moveTo(point) {
  for (const other of points(point.closest(".plot"))) other.setAttribute("tabindex", other === point ? "0" : "-1");
  point.focus();
}

document.addEventListener("keydown", (event) => {
  const point = event.target.closest?.(".point");
  if (!point) return;
  const all = points(point.closest(".plot"));
  const at = all.indexOf(point);
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
  const plot = event.target.closest?.(".plot-box")?.querySelector(".plot");
  if (!plot) return;
  const distance = (point) => {
    const box = point.getBoundingClientRect();
    return Math.abs(box.left + box.width / 2 - event.clientX);
  };
  const nearest = points(plot).sort((a, b) => distance(a) - distance(b))[0];
  if (nearest) readOut(nearest);
});

// Blank fields say nothing, so they stay out of the address.
document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (request.method !== "GET") return;
  for (const [name, value] of [...request.body.entries()]) if (value === "") request.body.delete(name);
});

function announce(words) {
  const live = document.getElementById("live");
  if (live) live.textContent = words;
}

// What looks at itself every second stays quiet until it is over.
document.addEventListener("htmx:after:swap", () => {
  if (document.querySelector("main [data-quiet]")) return;
  const finding = document.querySelector("main figcaption h2, main h1");
  announce(`Updated. ${finding ? finding.textContent.trim() : ""}`);
});
document.addEventListener("htmx:error", () => announce("The server did not answer. Nothing was changed; try again."));
