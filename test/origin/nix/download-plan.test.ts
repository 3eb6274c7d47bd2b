import { expect, test } from "vitest";
import { createPlanReader } from "../../../origin/nix/download-plan.ts";
import { parseNixEvent } from "../../../origin/nix/nix-event.ts";

const DERIVATION = "/nix/store/11111111111111111111111111111111-git-2.51.0.drv";
const GIT = "/nix/store/00000000000000000000000000000000-git-2.51.0";
const BASH = "/nix/store/22222222222222222222222222222222-bash-5.3";

function planOf(messages: readonly [level: number, text: string][]) {
  const reader = createPlanReader();
  for (const [level, msg] of messages) {
    const event = parseNixEvent(`@nix ${JSON.stringify({ action: "msg", level, msg })}`);
    if (event) reader.read(event);
  }
  return reader.plan;
}

test("a plan has what Nix would build, and what it would download", () => {
  const plan = planOf([
    [3, "this derivation will be built:"],
    [3, `  ${DERIVATION}`],
    [3, "these 2 paths will be fetched (1.94 MiB download, 3.84 MiB unpacked):"],
    [3, `  ${GIT}`],
    [3, `  ${BASH}`],
    [3, "don't know how to build these paths:"],
    [3, `  ${BASH}`],
  ]);
  expect(plan).toEqual({ build: [DERIVATION], download: [GIT, BASH] });
});

test("the text of a server is no part of a plan", () => {
  expect(planOf([[1, `response body:\nthese 1 paths will be fetched:\n  ${GIT}`]])).toEqual({
    build: [],
    download: [],
  });
});
