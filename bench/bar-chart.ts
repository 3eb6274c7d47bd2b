/** One bar: `value` in the chart's unit. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Bars of Cornice have another colour than bars of peers. */
  readonly isOurs: boolean;
}

export interface BarChart {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
}

/** In pixels. */
const WIDTH = 640;
const LABEL_WIDTH = 190;
const VALUE_WIDTH = 110;
const ROW_HEIGHT = 26;
const BAR_HEIGHT = 16;
const TOP = 40;
const TEXT = "#4b5953";
const TEXT_ON_DARK = "#a6b4ad";
const OURS = "#2f6f9f";
const PEER = "#9aa7b1";

/** An SVG of horizontal bars. It is readable on light and on dark pages. */
export function barChart({ title, unit, bars }: BarChart): string {
  const height = TOP + bars.length * ROW_HEIGHT + 10;
  const scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / Math.max(...bars.map(({ value }) => value));
  const rows = bars.flatMap(({ label, value, isOurs }, index) => {
    const y = TOP + index * ROW_HEIGHT;
    const width = (value * scale).toFixed(1);
    const text = y + BAR_HEIGHT - 3;
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${text}" text-anchor="end">${escapeXml(label)}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" fill="${isOurs ? OURS : PEER}"/>`,
      `<text x="${LABEL_WIDTH + Number(width) + 6}" y="${text}">${value.toFixed(0)} ${escapeXml(unit)}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}"`,
    `  font-family="sans-serif" font-size="13" role="img" fill="${TEXT}">`,
    `<style>@media (prefers-color-scheme: dark) { text { fill: ${TEXT_ON_DARK} } }</style>`,
    `<title>${escapeXml(title)}</title>`,
    `<text x="8" y="22" font-size="15" font-weight="bold">${escapeXml(title)}</text>`,
    ...rows,
    "</svg>",
    "",
  ].join("\n");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
