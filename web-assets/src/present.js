// A board one block at a time: by arrow keys, by buttons, or by the end of the address.
"use strict";

const slides = [...document.querySelectorAll(".slide")];
const count = document.getElementById("slide-count");
let at = Math.max(0, slides.findIndex((one) => `#${one.id}` === location.hash));

function show(next, focus = true) {
  at = Math.min(slides.length - 1, Math.max(0, next));
  for (const [place, one] of slides.entries()) one.hidden = place !== at;
  count.textContent = `${at + 1} / ${slides.length}`;
  history.replaceState(null, "", `#${slides[at].id}`);
  scrollTo(0, 0);
  if (focus) slides[at].focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.target.closest?.(".scroll, pre") && event.key.startsWith("Arrow")) return; // those scroll sideways
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, PageDown: at + 1, PageUp: at - 1, Home: 0, End: slides.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  show(next);
});
document.getElementById("slide-before").addEventListener("click", () => show(at - 1, false));
document.getElementById("slide-next").addEventListener("click", () => show(at + 1, false));
document.getElementById("slide-full").addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
});
show(at, false);
