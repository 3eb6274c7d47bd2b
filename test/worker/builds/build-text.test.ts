import { describe, expect, test } from "vitest";
import { type BuildState, newBuildState } from "../../../protocol/build-state.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { buildText } from "../../../worker/builds/build-text.ts";

const DIGEST = sha256Digest("0".repeat(64));
const FAILED = {
  event: "error",
  code: "MANIFEST_UNKNOWN",
  message: "building git failed:\n\u001b[31mno space",
} as const;
const BUILT = {
  event: "image",
  manifests: { oci: DIGEST, docker: sha256Digest("1".repeat(64)) },
  revision: "0123abc",
  resolvedAt: "2026-01-01T00:00:00Z",
} as const;

function state(more: Partial<BuildState>): BuildState {
  return { ...newBuildState("shell/git:latest", 0), ...more };
}

describe("a build as text", () => {
  test("while it is running", () => {
    const running = state({
      phases: [
        { phase: "evaluate", at: 1000 },
        { phase: "realise", at: 1500 },
      ],
      work: [
        { work: "download", name: "glibc-2.36", startedAt: 1500, endedAt: 2000 },
        { work: "build", name: "git-2.39.5", startedAt: 2000 },
      ],
      download: { done: 1_200_000, total: 9_000_000 },
      layerCount: 12,
      layers: [
        { index: 0, description: "glibc-2.36", digest: DIGEST, size: 12_345_678, known: true },
        { index: 9, description: "git-2.39.5", digest: DIGEST, size: 999, known: false },
      ],
      log: { dropped: 7, lines: ["one", "two"] },
    });
    expect(buildText(running, 4000)).toBe(`shell/git:latest
building for 4.0 s

evaluate  0.5 s
realise   2.5 s

downloaded  glibc-2.36  0.5 s
building    git-2.39.5  2.0 s
downloads: 1.2 MB of 9.0 MB

2 of 12 layers
 1/12  12.3 MB  already known  glibc-2.36
10/12    999 B  new            git-2.39.5

(7 lines before these are left out)
one
two
`);
  });

  test("when it has failed: no work goes on after the end", () => {
    const failed = state({
      phases: [{ phase: "realise", at: 500 }],
      work: [
        { work: "build", name: "git-2.39.5", startedAt: 500, endedAt: 1000, trouble: "failed" },
        { work: "build", name: "perl-5.36", startedAt: 500 },
      ],
      end: { at: 2000, outcome: FAILED },
    });
    expect(buildText(failed, 9000)).toBe(
      "shell/git:latest\nended after 2.0 s\n\nrealise  1.5 s  failed\n\n" +
        "failed   git-2.39.5  0.5 s\nstopped  perl-5.36   1.5 s\n\nfailed: building git failed:\n[31mno space\n",
    );
  });

  test("when it has succeeded", () => {
    expect(buildText(state({ end: { at: 2000, outcome: BUILT } }), 9000)).toBe(
      `shell/git:latest\nended after 2.0 s\n\nbuilt: ${DIGEST}\nrevision: 0123abc\n`,
    );
  });

  test("when its list lacks an architecture", () => {
    const leftOut = [{ architecture: "arm64", reason: "no such package: git" }] as const;
    const end = { at: 2000, outcome: { ...BUILT, leftOut } };
    expect(buildText(state({ end }), 9000)).toContain("\nleft out: linux/arm64: no such package: git\n");
  });

  test("without text that steers a terminal", () => {
    const lines = ["\u001b]0;title\u0007\u001b[2Jcleared\r\u009b", "tab\tkept, größe too"];
    const text = buildText(state({ log: { dropped: 0, lines } }), 0);
    expect(text).toContain("\n]0;title[2Jcleared\ntab\tkept, größe too\n");
  });
});
