import { join } from "node:path";
import { vi } from "vitest";
import { withoutIsolation } from "../../../origin/isolation/isolation.ts";
import { type PrepareOptions, prepareImage } from "../../../origin/nix/prepare-image.ts";
import { writeTree } from "../fixtures.ts";
import { type FakeNix, writeFakeNix } from "./fake-nix.ts";

export const GIT = "/nix/store/00000000000000000000000000000000-git-2.51.0";
export const GIT_DERIVATION = "/nix/store/11111111111111111111111111111111-git-2.51.0.drv";
export const FAILING = "/nix/store/v492pfplff5a5fxp954cvdpf25slfpdm-failing-1.2.drv";
export const PACKAGE = { name: "git", attribute: "git", path: GIT, requested: true };
export const FOUND = { ...PACKAGE, derivation: GIT_DERIVATION, output: "out" };
export const NOTHING = { found: [], unknown: [], ambiguous: [], unsuitable: [], foreign: [] };
export const EVALUATION = { ...NOTHING, found: [FOUND] };
export const CLOSURE = [{ path: GIT, narSize: 1, references: [GIT] }];
export const NIX: FakeNix = { evaluation: EVALUATION, realised: [GIT], closure: CLOSURE };

/** Prepares an image. Scripts stand for the programs of Nix. */
export async function prepare(
  directory: string,
  scripts: Partial<FakeNix> = {},
  options: Partial<PrepareOptions> = {},
) {
  const path = await writeFakeNix(directory, { ...NIX, ...scripts });
  await writeTree(directory, { "spool/": "" });
  return prepareImage({
    packages: ["git", "htop"],
    architecture: "amd64",
    source: { kind: "path", location: "/pkgs", revision: "r1" },
    nix: { timeoutS: 60 },
    isolation: withoutIsolation({ PATH: path }),
    gcRoot: join(directory, "spool/closure"),
    signal: new AbortController().signal,
    onEvent: vi.fn(),
    ...options,
  });
}
