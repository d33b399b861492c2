import type { EChartsCoreOption } from "echarts/core";
import type { Timeline } from "./drawn";
import { type Theme, letters, plainly, shared } from "./theme";

const FEW = 80;

/** A line with its band. Places on the axis are periods, so that months are as wide as each other and events lie between them. */
export function optionOf(drawn: Timeline, theme: Theme, width: number): EChartsCoreOption {
  const { readings, marks } = drawn;
  const last = Math.max(1, readings.length - 1);
  const texts = new Map(marks.map(([value, text]) => [value.toPrecision(9), text]));
  const low = marks[0][0];
  const at = (value: (one: Timeline["readings"][number]) => number | null) => readings.map((one, place) => [place, value(one)]);
  const line = { type: "line" as const, symbol: "none", silent: true, animation: false, tooltip: { show: false } };
  return {
    ...shared(theme),
    grid: { left: 4, right: 16, top: 18, bottom: 78, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    tooltip: {
      ...shared(theme).tooltip,
      trigger: "axis",
      axisPointer: { type: "line", snap: true, lineStyle: { color: theme.strong, type: "dashed" } },
      formatter: (found: { data: [number, number] }[]) => plainly(found.length ? (readings[Math.round(found[0].data[0])]?.said ?? "") : ""),
    },
    xAxis: {
      type: "value",
      min: 0,
      max: last,
      minInterval: 1,
      splitLine: { show: false },
      axisLine: { lineStyle: { color: theme.strong } },
      axisLabel: {
        ...letters(theme, 12),
        color: theme.soft,
        hideOverlap: true,
        formatter: (value: number) => (Number.isInteger(value) ? (readings[value]?.name ?? "") : ""),
      },
      splitNumber: Math.max(2, Math.floor(width / 140)),
    },
    yAxis: {
      type: "value",
      min: low,
      max: marks[marks.length - 1][0],
      interval: marks.length > 1 ? marks[1][0] - low : undefined,
      axisLabel: { ...letters(theme, 12), color: theme.soft, formatter: (value: number) => texts.get(value.toPrecision(9)) ?? "" },
      splitLine: { lineStyle: { color: theme.line } },
    },
    dataZoom: [
      ...(matchMedia("(hover: hover)").matches ? [{ type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseMove: true, moveOnMouseWheel: false }] : []),
      {
        type: "slider",
        height: 30,
        bottom: 8,
        left: 24,
        right: 24,
        showDetail: false,
        brushSelect: false,
        borderColor: theme.line,
        fillerColor: `color-mix(in srgb, ${theme.accent} 14%, transparent)`,
        dataBackground: { lineStyle: { color: theme.strong }, areaStyle: { color: theme.line, opacity: 1 } },
        selectedDataBackground: { lineStyle: { color: theme.accent }, areaStyle: { color: theme.accent, opacity: 0.2 } },
        handleStyle: { color: theme.raised, borderColor: theme.strong },
        moveHandleStyle: { color: theme.strong },
        emphasis: { handleStyle: { color: theme.raised, borderColor: theme.accent }, moveHandleStyle: { color: theme.accent } },
      },
    ].map((one) => ({ ...one, filterMode: "none", startValue: drawn.from, endValue: drawn.to, minValueSpan: 1, throttle: 40 })),
    series: [
      {
        ...line,
        name: "main",
        silent: false,
        tooltip: { show: true },
        z: 5,
        data: readings.map((one, place) => ({
          value: [place, one.value],
          href: one.href,
          cursor: one.href ? "pointer" : "default",
          symbol: readings.length > FEW && !one.open ? "none" : one.open ? "emptyCircle" : "circle",
        })),
        symbolSize: 7,
        connectNulls: false,
        lineStyle: { color: theme.accent, width: 2 },
        itemStyle: { color: theme.accent },
        markLine: {
          silent: true,
          symbol: "none",
          animation: false,
          label: { ...letters(theme, 12), color: theme.soft, position: "end", distance: 2 },
          data: [
            ...drawn.events.map((one) => ({ xAxis: one.at, lineStyle: { color: theme.strong, type: "dashed" }, label: { formatter: one.label } })),
            ...(drawn.target === null ? [] : [{ yAxis: drawn.target, lineStyle: { color: theme.good, type: "dashed", width: 2 }, label: { show: false } }]),
          ],
        },
      },
      { ...line, stack: "band", stackStrategy: "all", lineStyle: { opacity: 0 }, data: at((one) => one.low) },
      {
        ...line,
        stack: "band",
        stackStrategy: "all",
        lineStyle: { opacity: 0 },
        areaStyle: { color: theme.accent, opacity: 0.16 },
        data: at((one) => (one.low === null || one.high === null ? null : one.high - one.low)),
      },
    ],
  };
}
