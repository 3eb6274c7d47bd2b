import { expect, test } from "vitest";
import { createNixSteps } from "../../cli/nix-steps.ts";
import { redactPaths } from "../../origin/system/redact.ts";
import { createNixLog } from "../../origin/nix/nix-log.ts";

const GIT = "/nix/store/cvf6aizm35q2zljf62zpy4nhs44rb0xd-git-2.51.0.drv";
const ZLIB = "/nix/store/v492pfplff5a5fxp954cvdpf25slfpdm-zlib-1.3";

/** A log of Nix, as a build reads it. */
const LOG: readonly [line: string, done: number | undefined, total?: number][] = [
  ['{"action":"msg","level":3,"msg":"these 2 derivations will be built:"}', 0, 2],
  [`{"action":"msg","level":3,"msg":"  ${GIT}"}`, undefined],
  ['{"action":"msg","level":3,"msg":"this path will be fetched (1.20 MiB download, 4.10 MiB unpacked):"}', 0, 3],
  [`{"action":"start","fields":["${ZLIB}"],"id":1,"level":3,"text":"copying path '${ZLIB}'","type":100}`, 0, 3],
  [`{"action":"start","fields":["${GIT}"],"id":2,"level":3,"text":"building '${GIT}'","type":105}`, 0, 3],
  ['{"action":"result","fields":["building \'my program\'"],"id":2,"type":101}', undefined],
  ['{"action":"stop","id":1}', 1, 3],
  ['{"action":"stop","id":2}', 2, 3],
];

test("store paths that Nix finishes are counted against the announced number", () => {
  const step = createNixSteps();
  let last: ReturnType<typeof step>;
  // The origin removes the paths of its machine from each line.
  const log = createNixLog({
    now: () => 0,
    onEvent(event) {
      last = step(event.event === "log" ? { ...event, line: redactPaths(event.line, []) } : event) ?? last;
    },
  });
  const steps = LOG.map(([line]) => {
    last = undefined;
    log.read(`@nix ${line}`);
    return last;
  });
  expect(steps).toEqual(
    LOG.map(([, done, total]) => (done === undefined ? undefined : { done, total, unit: "store paths" })),
  );
});

test("the count never exceeds the total", () => {
  const step = createNixSteps();
  for (const state of ["started", "ended"] as const)
    expect(step({ event: "work", work: "build", name: "git", state })).toMatchObject({ total: 1 });
});

test("bytes of downloads are shown instead of downloaded paths", () => {
  const step = createNixSteps();
  expect(step({ event: "download", done: 3, total: 5 })).toEqual({ done: 3, total: 5, unit: "bytes" });
  expect(step({ event: "work", work: "download", name: "zlib", state: "ended" })).toBeUndefined();
  expect(step({ event: "work", work: "build", name: "git", state: "started" })).toMatchObject({ unit: "store paths" });
});
