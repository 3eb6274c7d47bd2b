import { vi } from "vitest";
import { type PrepareOptions, prepareImage } from "../../../origin/nix/prepare-image.ts";
import { writeTree } from "../fixtures.ts";

export const GIT = "/nix/store/00000000000000000000000000000000-git-2.51.0";
export const FAILING = "/nix/store/v492pfplff5a5fxp954cvdpf25slfpdm-failing-1.2.drv";
export const EVALUATION = {
  found: [{ name: "git", attribute: "git", path: GIT, requested: true }],
  unknown: [],
  ambiguous: [],
  unsuitable: [],
  foreign: [],
};
export const CLOSURE = [{ path: GIT, narSize: 1, references: [GIT] }];

/** Puts a program called cornice-prepare-image on PATH, alone but for the system's own. */
export async function prepare(directory: string, script: string, options: Partial<PrepareOptions> = {}) {
  await writeTree(directory, { "cornice-prepare-image": { program: `#!/bin/sh\n${script}\n` } });
  return prepareImage({
    packages: ["git", "htop"],
    architecture: "amd64",
    source: { kind: "path", location: "/pkgs", revision: "r1" },
    nix: { timeoutS: 60, sandbox: true, substituters: undefined, maxJobs: undefined },
    env: { PATH: `${directory}:/usr/bin:/bin` },
    gcRoot: "/spool/closure",
    signal: new AbortController().signal,
    onPhase: vi.fn(),
    onLog: vi.fn(),
    ...options,
  });
}

export function print(...values: object[]): string {
  return values.map((value) => `echo '${JSON.stringify(value)}'`).join("\n");
}

export const SUCCESS = print(
  { phase: "evaluate" },
  { evaluation: EVALUATION },
  { phase: "realise" },
  { closure: CLOSURE },
);
