import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createMetrics } from "../../../origin/metrics/metrics.ts";
import { listAt, objectOf, textAt } from "../../json.ts";

const DOCS = join(import.meta.dirname, "../../../docs");
const METRIC = /\b(?:cornice|process|nodejs)_[a-z_0-9]+\b/g;

/** The metrics that a text names, without the endings that Prometheus adds to a histogram's name. */
function named(text: string): Set<string> {
  const names = text.match(METRIC) ?? [];
  return new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, "")));
}

async function exported(): Promise<Set<string>> {
  const text = await createMetrics(() => 0).text();
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name));
}

test("the dashboard shows only metrics that exist, and all of ours", async () => {
  const dashboard = objectOf(await readFile(join(DOCS, "grafana-dashboard.json"), "utf8"));
  const targets = listAt(dashboard, "panels").flatMap((panel) => listAt(panel, "targets"));
  const asked = named(JSON.stringify(targets.map((target) => textAt(target, "expr"))));
  const metrics = await exported();
  expect([...asked].filter((name) => !metrics.has(name))).toEqual([]);
  expect([...metrics].filter((name) => name.startsWith("cornice_") && !asked.has(name))).toEqual([]);
});

test("the alerts in the guide use only metrics that exist", async () => {
  const guide = await readFile(join(DOCS, "alerts.md"), "utf8");
  const metrics = await exported();
  const asked = [...guide.matchAll(/^ *expr: (.+)$/gm)].flatMap(([, expression = ""]) => [...named(expression)]);
  expect(asked).not.toEqual([]);
  expect(asked.filter((name) => !metrics.has(name))).toEqual([]);
});
