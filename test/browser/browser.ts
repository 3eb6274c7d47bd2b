import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { removeFolder } from "../remove-folder.ts";

/** Without these flags, Chromium sends requests to other hosts, and does not run as root. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** An open page, with a record of its requests and errors. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** The addresses of all requests, WebSockets included. */
  readonly requests: readonly string[];
  /** Uncaught errors and broken rules of the content security policy. */
  readonly faults: readonly string[];
}

type VisitOptions = Pick<BrowserContextOptions, "viewport" | "permissions">;

const DESKTOP = { width: 1280, height: 860 };
/** The narrowest screen that people still use. */
export const PHONE = { width: 360, height: 740 };

/** Opens a page in a new browser without any history or cache. */
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
      const tell: unknown = Reflect.get(window, "tellViolation");
      if (typeof tell === "function") Reflect.apply(tell, undefined, [`${violatedDirective} ${blockedURI}`]);
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
      await removeFolder(profile);
    },
  };
}

/** Runs in the page. Adds up layout shifts that no user action caused. */
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

/** Lighthouse calls 0.1 good. */
const MAX_LAYOUT_SHIFT = 0.01;

/** Expects that nothing has moved by itself since the page was opened. */
export async function expectNoLayoutShift(page: Page): Promise<void> {
  expect(await page.evaluate(() => Number(Reflect.get(window, "layoutShift")))).toBeLessThan(MAX_LAYOUT_SHIFT);
}

/** Expects no faults, and no requests to other hosts. This must hold for every page. */
export function expectCleanVisit({ requests, faults }: Visit, host: string): void {
  expect(faults).toEqual([]);
  const others = requests.filter((url) => !url.startsWith("data:") && new URL(url).host !== host);
  expect(others).toEqual([]);
}

/** Expects that the page is not wider than the window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(content).toBeLessThanOrEqual(window ?? 0);
}
