import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

/** Without them it asks other hosts, and does not run as root. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A page whose every request and error is seen. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Addresses that were asked for, WebSockets included. */
  readonly requests: readonly string[];
  /** Uncaught errors and broken rules of the content security policy. */
  readonly faults: readonly string[];
}

type VisitOptions = Pick<BrowserContextOptions, "viewport" | "permissions">;

const DESKTOP = { width: 1280, height: 860 };
/** The narrowest that people still use. */
export const PHONE = { width: 360, height: 740 };

/** Opens a page in a browser of its own, which has never been anywhere. */
export async function visit(url: string, options: VisitOptions = {}): Promise<Visit> {
  const profile = await mkdtemp(join(tmpdir(), "cornice-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    args: FLAGS,
    headless: true,
    viewport: DESKTOP,
    ...options,
  });
  const [page = await context.newPage()] = context.pages();
  const requests: string[] = [];
  const faults: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("websocket", (socket) => requests.push(socket.url()));
  page.on("pageerror", (error) => faults.push(String(error)));
  await page.exposeFunction("tellViolation", (text: string) => faults.push(text));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      Reflect.apply(Reflect.get(window, "tellViolation"), undefined, [`${violatedDirective} ${blockedURI}`]);
    });
  });
  await page.addInitScript(watchLayout);
  await page.goto(url);
  return {
    page,
    context,
    requests,
    faults,
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Runs in the page: adds up what moves without anybody's doing. */
function watchLayout(): void {
  Object.assign(window, { layoutShift: 0 });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (Reflect.get(entry, "hadRecentInput") === true) continue;
      const sum = Number(Reflect.get(window, "layoutShift")) + Number(Reflect.get(entry, "value"));
      Object.assign(window, { layoutShift: sum });
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** What Lighthouse calls good is 0.1. */
const MAX_LAYOUT_SHIFT = 0.01;

/** Nothing has moved since the page was opened, but what somebody moved. */
export async function expectNoLayoutShift(page: Page): Promise<void> {
  expect(await page.evaluate(() => Number(Reflect.get(window, "layoutShift")))).toBeLessThan(MAX_LAYOUT_SHIFT);
}

/** What holds of every page, whatever was done on it. */
export function expectCleanVisit({ requests, faults }: Visit, host: string): void {
  expect(faults).toEqual([]);
  const others = requests.filter((url) => !url.startsWith("data:") && new URL(url).host !== host);
  expect(others).toEqual([]);
}

/** Nothing is wider than the window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(content).toBeLessThanOrEqual(window ?? 0);
}
