import { describe, expect, it } from "vitest";
import { sharedLayers } from "../../../web/image/compare.ts";
import { revisionUrl } from "../../../web/image/revision.ts";
import { verificationCommands } from "../../../web/image/verification.ts";
import { digest } from "./contents.ts";

const COMMIT = "0".repeat(40);

function manifest(...layers: (readonly [digit: string, size: number])[]) {
  return {
    mediaType: undefined,
    config: { digest: digest("c"), size: 10 },
    layers: layers.map(([digit, size]) => ({ digest: digest(digit), size })),
  };
}

describe("an image", () => {
  const small = manifest(["1", 100], ["2", 50]);

  it("shares layers with another by digest", () => {
    expect(sharedLayers(small, manifest(["2", 50], ["3", 999]))).toEqual({ layers: 1, bytes: 50, total: 160 });
    expect(sharedLayers(small, manifest())).toEqual({ layers: 0, bytes: 0, total: 160 });
  });
});

describe("a revision can be read", () => {
  it.each([
    ["channel:nixos-25.11", `https://github.com/NixOS/nixpkgs/commit/${COMMIT}`],
    ["git:https://github.com/team/set.git", `https://github.com/team/set/commit/${COMMIT}`],
    ["flake:git+https://gitlab.com/team/set?ref=main&dir=nix", `https://gitlab.com/team/set/-/commit/${COMMIT}`],
  ])("of %s at %s", (source, url) => {
    expect(revisionUrl(source, COMMIT)).toBe(url);
  });

  it("of no other source", () => {
    for (const source of ["starter", "git:ssh://git@github.com/a/b", "git:https://git.example/a", "path:/srv", ""])
      expect(revisionUrl(source, COMMIT)).toBeUndefined();
    expect(revisionUrl("channel:nixos-25.11", "sha256:0")).toBeUndefined();
  });
});

describe("the verification of an image", () => {
  const image = { name: "shell/git", tag: "v1", digest: digest("a"), trust: undefined };
  const texts = (isPlain: boolean) =>
    verificationCommands(image, { name: "host", isPlain, needsLogin: false }).map(({ text }) => text);

  it("asks for its digest with people's own tools", () => {
    expect(texts(false)).toEqual([
      `docker pull host/shell/git@${digest("a")}`,
      "skopeo inspect docker://host/shell/git:v1",
      "crane digest host/shell/git:v1",
      "bin/cornice build shell/git --tag v1 -o image.tar",
    ]);
    expect(texts(true)[1]).toBe("skopeo inspect --tls-verify=false docker://host/shell/git:v1");
  });
});
