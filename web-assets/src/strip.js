// An overview of signals by hand: drag across it to go into a stretch of time, swipe, drag the frame or turn the wheel to move along, pinch, or
// turn the wheel with Ctrl, to go closer and farther. Every one of these is a link on the page, too; the address tells what is looked at.
"use strict";
{
  const LEAST = 2 * 60_000;
  const DAY = 86_400_000;
  const NEAR = 6;
  const REST = 250;
  const plotOf = (target) => target.closest?.(".plot.lanes");
  const lifeOf = (target) => target.closest?.(".life");
  const boundsOf = (plot) => ["from", "to", "first", "last"].map((name) => Number(plot.dataset[name]));

  // Days where more than two are looked at, in the zone of the workspace; minutes otherwise.
  function written(plot, from, to) {
    const [, , first, last] = boundsOf(plot);
    const size = Math.min(Math.max(to - from, LEAST), last - first);
    const start = Math.min(Math.max(from, first), last - size);
    if (size >= last - first) return "";
    if (size < 2 * DAY) return [start, start + size].map((one) => `${new Date(one).toISOString().slice(0, 16)}Z`).join("..");
    const day = new Intl.DateTimeFormat("en-CA", { timeZone: plot.dataset.zone, year: "numeric", month: "2-digit", day: "2-digit" });
    return [...new Set([start, start + size - 1].map((one) => day.format(one)))].join("..");
  }

  // Whoever is on the bars stays on them, also where there are fewer than before.
  async function ask(address) {
    const was = plotOf(document.activeElement);
    await htmx.ajax("GET", address.pathname + address.search, { target: "#main", select: "#main", swap: "outerMorph", push: "true" });
    if (!was || plotOf(document.activeElement)) return;
    const next = document.querySelector('.lanes .point[tabindex="0"]') ?? document.getElementById("lens-all");
    next?.focus({ preventScroll: true });
  }

  function look(plot, from, to) {
    const address = new URL(location.href);
    const zoom = written(plot, from, to);
    if (zoom) address.searchParams.set("zoom", zoom);
    else address.searchParams.delete("zoom");
    address.searchParams.delete("after");
    address.hash = "";
    if (address.href !== location.href.replace(/#.*/, "")) ask(address);
    else show(plot, 1, 0);
  }

  // While a hand moves, the bars that are there already are drawn where they will be.
  function show(plot, scale, shift) {
    for (const one of plot.querySelectorAll(".stretch")) {
      one.dataset.box ??= one.getAttribute("viewBox");
      const [, , width, height] = one.dataset.box.split(" ").map(Number);
      one.setAttribute("viewBox", `${shift * width} 0 ${width * scale} ${height}`);
    }
  }

  function brush(plot, left, right) {
    const box = plot.parentElement.querySelector(".brush") ?? plot.parentElement.appendChild(Object.assign(document.createElement("div"), { className: "brush" }));
    box.style.left = `${Math.max(0, left)}px`;
    box.style.width = `${Math.min(plot.clientWidth, right) - Math.max(0, left)}px`;
  }
  const unbrush = () => document.querySelectorAll(".brush").forEach((one) => one.remove());

  // One pointer drags (a mouse) or moves along (a finger, a pen, or any on the frame), two of them pinch.
  const held = new Map();
  let hand;
  const spread = () => {
    const [one, other] = [...held.values()];
    return { middle: (one + other) / 2, apart: Math.max(20, Math.abs(one - other)) };
  };

  document.addEventListener("pointerdown", (event) => {
    const life = lifeOf(event.target);
    const plot = life ? life.parentElement.querySelector(".plot.lanes") : plotOf(event.target);
    if (!plot || event.button !== 0) return;
    held.set(event.pointerId, event.clientX);
    const deed = held.size > 1 ? "pinch" : life ? "frame" : event.pointerType === "mouse" ? "choose" : "move";
    const box = (life ?? plot).getBoundingClientRect();
    hand = { plot, deed, box, x: event.clientX, moved: false, ...(deed === "pinch" ? spread() : {}) };
    if (life) event.preventDefault();
  });

  // What a hand that is where it is now asks for, as times.
  function meant() {
    const { plot, deed, box, x } = hand;
    const [from, to, first, last] = boundsOf(plot);
    const at = [...held.values()][0];
    const time = (place) => from + ((place - box.left) / box.width) * (to - from);
    if (deed === "choose") return [Math.min(x, at), Math.max(x, at)].map(time);
    if (deed === "frame") {
      const shift = ((at - x) / box.width) * (last - first);
      return [from + shift, to + shift];
    }
    if (deed === "move") {
      const shift = time(x) - time(at);
      return [from + shift, to + shift];
    }
    const now = spread();
    const size = ((to - from) * hand.apart) / now.apart;
    const start = time(hand.middle) - ((now.middle - box.left) / box.width) * size;
    return [start, start + size];
  }

  document.addEventListener("pointermove", (event) => {
    if (!hand || !held.has(event.pointerId)) return;
    held.set(event.pointerId, event.clientX);
    if (!hand.moved && hand.deed !== "pinch" && Math.abs(event.clientX - hand.x) < NEAR) return;
    if (!hand.moved) document.getSelection().removeAllRanges();
    hand.moved = true;
    if (hand.deed === "choose") return brush(hand.plot, Math.min(hand.x, event.clientX) - hand.box.left, Math.max(hand.x, event.clientX) - hand.box.left);
    preview(hand.plot, ...meant());
  });

  function preview(plot, start, end) {
    const [from, to] = boundsOf(plot);
    show(plot, (end - start) / (to - from), (start - from) / (to - from));
  }

  function release(event) {
    if (!hand || !held.has(event.pointerId)) return;
    const { plot, moved, deed, box, x } = hand;
    if (moved && event.type === "pointerup") {
      held.set(event.pointerId, event.clientX);
      look(plot, ...meant());
      document.addEventListener("click", still, { capture: true, once: true });
      setTimeout(() => document.removeEventListener("click", still, { capture: true }), 50);
    } else if (deed === "frame" && event.type === "pointerup") {
      const [from, to, first, last] = boundsOf(plot);
      const middle = first + ((x - box.left) / box.width) * (last - first);
      look(plot, middle - (to - from) / 2, middle + (to - from) / 2);
    } else if (moved) show(plot, 1, 0);
    unbrush();
    held.clear();
    hand = undefined;
  }
  // The end of a drag is no click on what lies below it.
  function still(event) {
    event.preventDefault();
    event.stopPropagation();
  }
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, release);
  document.addEventListener("dragstart", (event) => plotOf(event.target) && event.preventDefault());

  // A click goes into a stretch without a new page; with Ctrl or Shift it does what links do.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".lanes a.point");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    ask(new URL(link.getAttribute("href"), location.href));
  });

  document.addEventListener("htmx:error", () => document.querySelectorAll(".plot.lanes").forEach((plot) => show(plot, 1, 0)));

  let turned;
  let rest;
  document.addEventListener("wheel", (event) => {
    const plot = plotOf(event.target);
    const along = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.shiftKey ? event.deltaY : 0;
    if (!plot || !(event.ctrlKey || along)) return;
    event.preventDefault();
    const box = plot.getBoundingClientRect();
    turned ??= boundsOf(plot).slice(0, 2);
    const size = turned[1] - turned[0];
    if (event.ctrlKey) {
      const there = turned[0] + ((event.clientX - box.left) / box.width) * size;
      const [, , first, last] = boundsOf(plot);
      const scale = Math.min((last - first) / size, Math.max(LEAST / size, 1.0015 ** event.deltaY));
      turned = turned.map((one) => there + (one - there) * scale);
    } else turned = turned.map((one) => one + (along / box.width) * size);
    preview(plot, ...turned);
    clearTimeout(rest);
    rest = setTimeout(() => {
      look(plot, ...turned);
      turned = undefined;
    }, REST);
  }, { passive: false });

  // Only while the overview has the focus.
  document.addEventListener("keydown", (event) => {
    if (!plotOf(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const name = { "+": "closer", "-": "farther", 0: "all" }[event.key] ?? (event.shiftKey && { ArrowLeft: "earlier", ArrowRight: "later" }[event.key]);
    if (!name) return;
    event.preventDefault();
    event.stopPropagation();
    const lens = document.getElementById(`lens-${name}`);
    if (lens && !lens.hasAttribute("aria-disabled")) ask(new URL(lens.getAttribute("href"), location.href));
  }, true);
}
