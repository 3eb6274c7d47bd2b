import { expect, test } from "vitest";
import { barChart } from "../../bench/bar-chart.ts";

const CHART = {
  title: "Speed <of> packing & more",
  unit: "MB/s",
  bars: [
    { label: "Cornice", value: 100, isOurs: true },
    { label: "a peer", value: 25, isOurs: false },
  ],
};

test("bars are as long as their values, ours in another colour", () => {
  const bars = [...barChart(CHART).matchAll(/<rect .*?width="([\d.]+)".*?fill="(#\w+)"/g)];
  expect(bars.map(([, width]) => Number(width))).toEqual([340, 85]);
  expect(new Set(bars.map(([, , fill]) => fill)).size).toBe(2);
});

test("text has another colour on a dark page", () => {
  expect(barChart(CHART)).toMatch(/<style>@media \(prefers-color-scheme: dark\) \{ text \{ fill: #\w+ \} \}<\/style>/);
});

test("each bar has its label and its value in words", () => {
  const texts = [...barChart(CHART).matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text);
  expect(texts).toEqual(["Speed &lt;of> packing &amp; more", "Cornice", "100 MB/s", "a peer", "25 MB/s"]);
});
