import type { EChartsCoreOption } from "echarts/core";
import type { Ways } from "./drawn";
import { type Theme, colourOf, letters, plainly, shared } from "./theme";

/** Narrower than this, neither names nor arcs have room; the picture then scrolls sideways. */
export const LEAST = 300;
/** Arcs go no farther out than this: flatter ones cannot be told apart. */
const FARTHEST = 340;
const DOT = 14;
const ABOVE = 24;

export const heightOf = (drawn: Ways): number => drawn.row * (drawn.places.length - 1) + 2 * ABOVE;

/** Places below each other with their names on the left; every move is an arc on the right, and the longer, the farther out. */
export function optionOf(drawn: Ways, theme: Theme, width: number): EChartsCoreOption {
  const names = Math.min(360, width * 0.46);
  const reach = Math.min(FARTHEST, width - names - 24);
  const last = drawn.places.length - 1;
  const bend = (from: number, to: number): number => {
    const rows = Math.abs(to - from);
    if (to === from + 1) return 0;
    const out = Math.min(reach, 30 + (reach - 30) * Math.sqrt(rows / Math.max(1, last)));
    return ((2 * out) / (rows * drawn.row)) * Math.sign(to - from);
  };
  return {
    ...shared(theme),
    series: {
      type: "graph",
      layout: "none",
      left: names,
      top: ABOVE,
      width: 100,
      height: Math.max(1, last * drawn.row),
      symbol: "circle",
      edgeSymbol: ["none", "arrow"],
      edgeSymbolSize: 9,
      emphasis: { focus: "adjacency", lineStyle: { opacity: 1 } },
      blur: { lineStyle: { opacity: 0.08 }, itemStyle: { opacity: 0.3 }, label: { opacity: 0.4 } },
      tooltip: { formatter: (mark: { data: { said: string } }) => plainly(mark.data.said) },
      label: { show: true, ...letters(theme), position: "left", distance: 10, lineHeight: 17, width: names - DOT - 18, overflow: "truncate", align: "right" },
      data: [
        ...drawn.places.map((one, place) => ({
          name: String(place),
          x: 0,
          y: place * drawn.row,
          symbolSize: DOT,
          said: one.said,
          href: one.href,
          cursor: one.href ? "pointer" : "default",
          itemStyle: { color: one.tone === "end" ? theme.bad : theme.accent, borderColor: theme.surface, borderWidth: 2 },
          label: { formatter: one.note ? `${one.name}\n${one.note}` : one.name },
        })),
        // Holds the picture's scale: without it a column of places has no width.
        { name: "scale", x: 100, y: last * drawn.row, symbolSize: 0, said: "", href: "", silent: true, label: { show: false } },
      ],
      links: drawn.moves.map((one) => ({
        source: String(one.from),
        target: String(one.to),
        said: one.said,
        href: one.href,
        cursor: one.href ? "pointer" : "default",
        lineStyle: {
          color: colourOf(one.tone, theme),
          width: 1.2 + 9 * one.weight,
          opacity: 0.7,
          curveness: bend(one.from, one.to),
          type: one.tone === "plain" ? "solid" : one.tone === "never" ? "dotted" : "dashed",
        },
      })),
    },
  };
}
