import { expect, test } from "vitest";
import { createNixSteps } from "../../cli/nix-steps.ts";

const LOG: [line: string, done: number | undefined, total?: number][] = [
  ["warning: something", undefined],
  ["these 2 derivations will be built:", 0, 2],
  ["  /nix/store/00000000000000000000000000000000-git.drv", undefined],
  ["this path will be fetched (1.20 MiB download, 4.10 MiB unpacked):", 0, 3],
  ["copying path '/nix/store/00000000000000000000000000000000-zlib' from 'https://cache.example'...", 0, 3],
  ["building '/nix/store/00000000000000000000000000000000-git.drv'...", 1, 3],
  ["building 'my program'", undefined],
  ["building '/nix/store/00000000000000000000000000000000-htop.drv'...", 2, 3],
];

test("store paths that Nix begins are counted against the announced number", () => {
  const step = createNixSteps();
  expect(LOG.map(([line]) => step(line))).toEqual(
    LOG.map(([, done, total]) => (done === undefined ? undefined : { done, total, unit: "store paths" })),
  );
});

test("the count never exceeds the announced number", () => {
  const step = createNixSteps();
  for (let count = 0; count < 3; count++) step("building '/nix/store/00000000000000000000000000000000-git.drv'...");
  expect(step("this derivation will be built:")).toEqual({ done: 1, total: 1, unit: "store paths" });
});
