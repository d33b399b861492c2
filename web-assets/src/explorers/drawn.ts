// What the server hands over to be drawn: only what the page shows anyway, small groups already cut, every text in the page's language.

/** Flows from column to column. said: what is read out of a mark; href: where a click leads, "" = nowhere. */
export interface Flows {
  kind: "flows";
  label: string;
  height: number;
  columns: number;
  nodes: { id: string; name: string; column: number; times: number; size: string; said: string; href: string; tone: Tone }[];
  links: { from: string; to: string; times: number; said: string; href: string; tone: Tone }[];
}

/** Moves between the places of a way, which stand below each other. note: loops and ends, below the name of a place. */
export interface Ways {
  kind: "ways";
  label: string;
  row: number;
  places: { name: string; note: string; said: string; href: string; tone: Tone }[];
  moves: { from: number; to: number; weight: number; said: string; href: string; tone: Tone }[];
}

/** A number over time. marks: values of the axis with their texts; from, to: the places that are shown; zoom: how the address names them. */
export interface Timeline {
  kind: "timeline";
  label: string;
  height: number;
  marks: [number, string][];
  readings: { day: string; until: string; name: string; said: string; value: number | null; low: number | null; high: number | null; open: boolean; href: string }[];
  events: { at: number; name: string; label: string }[];
  target: number | null;
  from: number;
  to: number;
  zoom: string;
}

export type Drawn = Flows | Ways | Timeline;
/** plain: as designed; other: what was pooled; end: nothing comes after; off: not as designed; back: against the design; never: designed, not seen. */
export type Tone = "plain" | "other" | "end" | "off" | "back" | "never";
