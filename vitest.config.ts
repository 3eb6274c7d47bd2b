import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { ORIGIN_SECRET } from "./test/scripted-origin/script.ts";

/** The default is one less than there are processors: one, on a machine with two. */
const NODE_WORKERS = Math.max(2, availableParallelism() - 1);
/** One more than there are processors in most places, because some files wait more than they compute. */
const SYSTEM_WORKERS = 3;
const MINUTE_MS = 60_000;

/** Files that take more than a minute. The first ones wait more than they compute, so others run well beside them. */
const LONG_FILES = [
  "system/slow-builds",
  "system/crash",
  "browser/live",
  "system/daemons",
  "system/start",
  "browser/compose",
  "system/clients",
  "system/hostile-packages",
  "system/image-behaviour",
  "system/platforms",
  "system/availability",
  "system/origin-image",
  "system/faults",
  "system/tags",
  "system/serve",
  "system/cli",
  "system/main-programs",
];

/** They put other modules in the place of ours, which other files of the same worker would get, too. */
const MOCKING_FILES = ["test/origin/garbage/interleavings.test.ts"];

/** Starts long files first. Otherwise the last worker would run a long file alone at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- this is Vitest's own method, and returns a new list
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = LONG_FILES.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return index < 0 ? LONG_FILES.length : index;
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              // Most tests are about one image. The tests of lists set PLATFORMS themselves.
              bindings: { ORIGIN_SECRET, ORIGIN_URL: inject("originUrl"), PLATFORMS: "amd64", REQUEST_LOG: "off" },
            },
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
          // A file that reads all modules again takes twice as long.
          isolate: false,
          include: [
            "test/{structure,protocol,docs,image,wire,origin,popularity,start,deploy,cli,nix,bench,web,fuzz,schemas}/**/*.test.ts",
          ],
          exclude: MOCKING_FILES,
          // Timeouts find tests that hang. On a busy machine, a test of one second may take half a minute.
          testTimeout: 3 * MINUTE_MS,
          hookTimeout: 3 * MINUTE_MS,
        },
      },
      {
        test: { name: "mocking", maxWorkers: NODE_WORKERS, include: MOCKING_FILES },
      },
      {
        // They come after the fast tests, which find most faults sooner.
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
