import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { ORIGIN_SECRET } from "./test/scripted-origin/script.ts";

/** The default is one less than there are processors: one, on a machine with two. */
const NODE_WORKERS = Math.max(2, availableParallelism() - 1);
/** More would only share the processors, the disk and Nix's locks. */
const SYSTEM_WORKERS = 2;
const MINUTE_MS = 60_000;

// Tests need no network. So workerd's tools must not report their use, or look up their location.
Object.assign(process.env, { WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" });

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: { ORIGIN_SECRET, ORIGIN_URL: inject("originUrl"), REQUEST_LOG: "off" } },
          })),
        ],
        test: {
          name: "worker",
          // A new workerd for each file takes two seconds. `reset()` empties its stores between tests.
          isolate: false,
          // All files share the scripted origin, and some ask it for images of the same name.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          include: ["test/{worker,protocol,image}/**/*.test.ts"],
          globalSetup: ["test/scripted-origin/setup.ts"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "node",
          maxWorkers: NODE_WORKERS,
          include: [
            "test/{structure,protocol,docs,image,wire,origin,popularity,start,deploy,cli,nix,bench,web,fuzz}/**/*.test.ts",
          ],
          // Timeouts find tests that hang. On a busy machine, a test of one second may take half a minute.
          testTimeout: 3 * MINUTE_MS,
          hookTimeout: 3 * MINUTE_MS,
        },
      },
      {
        // These tests wait for programs more than they compute. So two files run at a time, after the fast tests.
        test: {
          name: "system",
          maxWorkers: SYSTEM_WORKERS,
          include: ["test/system/**/*.test.ts"],
          globalSetup: ["test/system/setup.ts"],
          testTimeout: 10 * MINUTE_MS,
          hookTimeout: 10 * MINUTE_MS,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // The page in a real browser, with a real registry.
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/browser/setup.ts"],
          maxWorkers: SYSTEM_WORKERS,
          testTimeout: 3 * MINUTE_MS,
          hookTimeout: 10 * MINUTE_MS,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
