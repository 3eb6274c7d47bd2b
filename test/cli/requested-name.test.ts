import { expect, test } from "vitest";
import { parseName, pullRequestOf } from "../../cli/requested-name.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import type { Architecture } from "../../protocol/image-name.ts";

const BOTH = ["amd64", "arm64"] as const;

test.each<[string, readonly Architecture[], string]>([
  ["git", [], hostArchitecture()],
  ["git", ["arm64"], "arm64"],
  ["git", BOTH, "amd64+arm64"],
  ["arm64/git", BOTH, "arm64"],
  ["arm64/git", ["amd64"], "arm64"],
  ["images/web", BOTH, "amd64+arm64"],
])("%s with the platforms %j stands for %s", (text, platforms, architecture) => {
  const request = pullRequestOf(parseName(text), { source: "test", tag: "latest", platforms });
  expect(request).toMatchObject({ source: "test", tag: "latest", architecture });
});
