// Colours and letters of the page, as ECharts takes them: read from the stylesheet's tokens, so there is one home for them.
import type { Tone } from "./drawn";

export interface Theme {
  ink: string;
  soft: string;
  line: string;
  strong: string;
  surface: string;
  raised: string;
  accent: string;
  second: string;
  bad: string;
  warn: string;
  good: string;
  font: string;
  still: boolean;
}

/** The colours in force at an element, light or dark. `light-dark()` is resolved by the browser, in a mark that is never seen. */
export function themeOf(element: HTMLElement, probe: HTMLElement): Theme {
  const colour = (token: string): string => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  return {
    ink: colour("ink"),
    soft: colour("ink-soft"),
    line: colour("line"),
    strong: colour("line-strong"),
    surface: colour("surface"),
    raised: colour("raised"),
    accent: colour("series"),
    second: colour("second"),
    bad: colour("bad"),
    warn: colour("warn"),
    good: colour("good"),
    font: getComputedStyle(element).fontFamily,
    still: matchMedia("(prefers-reduced-motion: reduce)").matches,
  };
}

export function colourOf(tone: Tone, theme: Theme): string {
  return { plain: theme.accent, other: theme.strong, end: theme.strong, off: theme.warn, back: theme.bad, never: theme.strong }[tone];
}

/** Letters: one weight that the variable font has for sure, as ECharts measures others wrongly. */
export function letters(theme: Theme, size = 13): { fontFamily: string; fontSize: number; fontWeight: 400; color: string } {
  return { fontFamily: theme.font, fontSize: size, fontWeight: 400, color: theme.ink };
}

/** What every chart shares. Tooltips are drawn as text inside the picture: made of HTML they would need inline styles, which the pages forbid. */
export function shared(theme: Theme) {
  return {
    animation: !theme.still,
    animationDuration: 350,
    animationDurationUpdate: 350,
    textStyle: letters(theme),
    tooltip: {
      renderMode: "richText" as const,
      confine: true,
      backgroundColor: theme.raised,
      borderColor: theme.strong,
      borderWidth: 1,
      padding: [8, 10],
      textStyle: { ...letters(theme), lineHeight: 19 },
      transitionDuration: 0,
    },
  };
}

/** A text in which nothing is taken for the markup of rich texts. */
export const plainly = (text: string): string => text.replaceAll("{", "{\u2060");
