// <by-hand drawn="…"> holds a drawing of the server, which stays where scripts, colours of one's own or ECharts are missing, and is its text
// alternative elsewhere. The chart is drawn in a shadow tree, so swaps of the page change what is to be drawn and never the chart itself.
import type { ECharts, EChartsCoreOption } from "echarts/core";
import type { Drawn, Timeline } from "./drawn";
import * as flows from "./flows";
import { type Theme, themeOf } from "./theme";
import * as timeline from "./timeline";
import * as ways from "./ways";

declare const CHARTS: string;
declare const htmx: { ajax(verb: string, address: string, how: object): Promise<void> };
type Charts = typeof import("./charts");

const dark = matchMedia("(prefers-color-scheme: dark)");
const forced = matchMedia("(forced-colors: active)");
const touched = matchMedia("(hover: none)");
const REST = 400;
let loading: Promise<Charts> | undefined;

class ByHand extends HTMLElement {
  static observedAttributes = ["drawn"];
  #chart?: ECharts;
  #frame?: HTMLElement;
  #canvas?: HTMLElement;
  #probe?: HTMLElement;
  #drawn?: Drawn;
  #near?: IntersectionObserver;
  #sized?: ResizeObserver;
  #waiting?: number;
  #asked = "";
  #width = 0;
  #tapped?: unknown;
  #redraw = () => void (this.#chart ? this.#draw() : this.#begin());

  connectedCallback(): void {
    this.#near = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && this.#begin(), { rootMargin: "300px" });
    this.#near.observe(this);
    for (const one of [dark, forced]) one.addEventListener("change", this.#redraw);
  }

  disconnectedCallback(): void {
    for (const one of [dark, forced]) one.removeEventListener("change", this.#redraw);
    this.#near?.disconnect();
    this.#sized?.disconnect();
    this.#chart?.dispose();
    this.#chart = undefined;
    clearTimeout(this.#waiting);
  }

  attributeChangedCallback(): void {
    if (this.#chart) this.#draw();
  }

  async #begin(): Promise<void> {
    this.#near?.disconnect();
    if (forced.matches || this.#chart) return;
    loading ??= import(CHARTS) as Promise<Charts>;
    const charts = await loading.catch(() => (loading = undefined));
    if (charts && this.isConnected && !this.#chart) this.#open(charts);
  }

  #open(charts: Charts): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    this.#frame = document.createElement("div");
    this.#canvas = document.createElement("div");
    this.#probe = document.createElement("span");
    this.#probe.hidden = true;
    this.#frame.style.overflowX = "auto";
    this.#canvas.setAttribute("role", "img");
    this.#frame.append(this.#canvas);
    root.replaceChildren(this.#frame, this.#probe);
    this.#measure();
    this.#chart = charts.init(this.#canvas, null, { renderer: "svg", width: this.#width, height: 10 });
    this.#chart.on("click", (mark) => this.#follow((mark.data as { href?: string } | undefined)?.href ?? "", mark.data));
    this.#chart.on("datazoom", () => this.#zoomed());
    this.#sized = new ResizeObserver(() => this.#measure() && this.#draw());
    this.#sized.observe(this);
    this.#draw();
  }

  /** Takes notice of how much room there is; true when that is another than before. */
  #measure(): boolean {
    const width = this.clientWidth;
    const changed = width !== this.#width && width > 0;
    if (changed) this.#width = width;
    return changed;
  }

  #draw(): void {
    if (!this.#chart || !this.#canvas || !this.#frame || !this.#probe) return;
    if (forced.matches) return this.#giveUp();
    const drawn = JSON.parse(this.getAttribute("drawn") ?? "{}") as Drawn;
    const theme = themeOf(this, this.#probe);
    const [option, width, height] = drawing(drawn, theme, this.#width);
    this.#canvas.setAttribute("aria-label", drawn.label);
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    const scrolls = width > this.#width;
    for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", drawn.label]]) {
      if (scrolls) this.#frame.setAttribute(name, value);
      else this.#frame.removeAttribute(name);
    }
    this.#drawn = drawn;
    this.#tapped = undefined;
    this.#chart.resize({ width, height, silent: true });
    this.#chart.setOption(option, { notMerge: true });
  }

  /** Back to the server's drawing, which has the colours that somebody chose for themselves. */
  #giveUp(): void {
    this.#sized?.disconnect();
    this.#chart?.dispose();
    this.#chart = undefined;
    this.shadowRoot?.replaceChildren(document.createElement("slot"));
  }

  /** Goes where a mark leads. Where nothing can hover, the first touch shows what it is, and the second one goes there. */
  #follow(href: string, mark: unknown): void {
    if (!href) return;
    if (touched.matches && this.#tapped !== mark) {
      this.#tapped = mark;
      return;
    }
    location.assign(href);
  }

  #zoomed(): void {
    clearTimeout(this.#waiting);
    this.#waiting = window.setTimeout(() => this.#ask(), REST);
  }

  /** Asks the page for what is shown now, so that its table, its words and its address say the same as the chart. */
  async #ask(): Promise<void> {
    const drawn = this.#drawn as Timeline;
    const [shown] = (this.#chart?.getOption() as { dataZoom: { startValue: number; endValue: number }[] }).dataZoom;
    const from = Math.max(0, Math.round(shown.startValue));
    const to = Math.min(drawn.readings.length - 1, Math.round(shown.endValue));
    if (from === drawn.from && to === drawn.to) return;
    const address = new URL(location.href);
    const whole = from === 0 && to === drawn.readings.length - 1;
    if (whole) address.searchParams.delete(drawn.zoom);
    else address.searchParams.set(drawn.zoom, `${drawn.readings[from].day}..${drawn.readings[to].until}`);
    if (this.#asked === address.href) return;
    this.#asked = address.href;
    history.replaceState(history.state, "", address);
    await htmx.ajax("GET", address.pathname + address.search, { target: "#main", select: "#main", swap: "outerMorph" });
    this.#asked = "";
  }
}

function drawing(drawn: Drawn, theme: Theme, room: number): [EChartsCoreOption, number, number] {
  if (drawn.kind === "flows") {
    const width = Math.max(room, drawn.columns * flows.COLUMN);
    return [flows.optionOf(drawn, theme, width), width, drawn.height];
  }
  if (drawn.kind === "ways") {
    const width = Math.max(room, ways.LEAST);
    return [ways.optionOf(drawn, theme, width), width, ways.heightOf(drawn)];
  }
  return [timeline.optionOf(drawn, theme, room), room, drawn.height];
}

customElements.define("by-hand", ByHand);
