import type { EChartsCoreOption } from "echarts/core";
import type { Flows } from "./drawn";
import { type Theme, colourOf, letters, plainly, shared } from "./theme";

/** Narrower than this for each column, names cannot be read; the picture then scrolls sideways. */
export const COLUMN = 150;
const NODE = 12;
/** A node of this share of the largest is tall enough for two lines. */
const TALL = 0.08;

export function optionOf(drawn: Flows, theme: Theme, width: number): EChartsCoreOption {
  const room = width / drawn.columns;
  const most = Math.max(...drawn.nodes.map((one) => one.times));
  return {
    ...shared(theme),
    series: {
      type: "sankey",
      left: 2,
      right: room - NODE,
      top: 10,
      bottom: 10,
      nodeWidth: NODE,
      nodeGap: 16,
      nodeAlign: "left",
      draggable: false,
      emphasis: { focus: "trajectory", lineStyle: { opacity: 0.5 } },
      blur: { lineStyle: { opacity: 0.06 }, itemStyle: { opacity: 0.3 }, label: { opacity: 0.4 } },
      label: { ...letters(theme), lineHeight: 17, position: "right", width: room - NODE - 14, overflow: "truncate", textBorderColor: theme.surface, textBorderWidth: 3 },
      tooltip: { formatter: (mark: { data: { said: string } }) => plainly(mark.data.said) },
      data: drawn.nodes.map((one) => ({
        name: one.id,
        depth: one.column,
        said: one.said,
        href: one.href,
        cursor: one.href ? "pointer" : "default",
        itemStyle: { color: colourOf(one.tone, theme), borderWidth: 0 },
        label: { formatter: one.times > TALL * most ? `${one.name}\n${one.size}` : one.name },
      })),
      links: drawn.links.map((one) => ({
        source: one.from,
        target: one.to,
        value: one.times,
        said: one.said,
        href: one.href,
        cursor: one.href ? "pointer" : "default",
        lineStyle: { color: colourOf(one.tone, theme), opacity: one.tone === "plain" ? 0.24 : 0.18, curveness: 0.5 },
      })),
    },
  };
}
