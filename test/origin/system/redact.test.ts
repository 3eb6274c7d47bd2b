import { describe, expect, test } from "vitest";
import { plainLine, redactPaths } from "../../../origin/system/redact.ts";

const HASH = "jyaz5mpi59wajy63khyjsdkm14brnccd";
const PLACES = [
  ["/root", "HOME"],
  ["/root/pkgs", "SOURCE"],
  ["/var/tmp/cornice/build-1/", "SPOOL"],
  ["/opt/cornice (1)", "CORNICE"],
  ["", "NOTHING"],
  ["/", "ROOT"],
] as const;

describe("paths of this machine are taken out", () => {
  test.each([
    ["a file of the source", "at /root/pkgs/a.nix:3:5", "at SOURCE/a.nix:3:5"],
    ["the source itself", "path '/root/pkgs' is a file", "path 'SOURCE' is a file"],
    ["the source at the end of a sentence", "no /root/pkgs.", "no SOURCE."],
    ["the source as a URL", "file:///root/pkgs/x", "file://SOURCE/x"],
    ["the home", "/root/.config/nix/nix.conf", "HOME/.config/nix/nix.conf"],
    ["what only begins like a place", "/root/pkgs2/a /rooted", "HOME/pkgs2/a /rooted"],
    [
      "what only ends like a place",
      "/my/root/x and https://example.org/root",
      "/my/root/x and https://example.org/root",
    ],
    ["the spool", "link '/var/tmp/cornice/build-1/closure'", "link 'SPOOL/closure'"],
    ["our own files", "/opt/cornice (1)/nix/prepare-image.nix:80", "CORNICE/nix/prepare-image.nix:80"],
    ["a store path", `building '/nix/store/${HASH}-git-2.39.5.drv'...`, "building 'git-2.39.5.drv'..."],
    ["a file of a store path", `/nix/store/${HASH}-source/pkgs/a.nix`, "source/pkgs/a.nix"],
    ["two of them", `/nix/store/${HASH}-a /nix/store/${HASH}-b`, "a b"],
    ["nothing else", "/etc/passwd and /nix/store and /", "/etc/passwd and /nix/store and /"],
  ])("%s", (_, text, redacted) => {
    expect(redactPaths(text, PLACES)).toBe(redacted);
    expect(redactPaths(text, PLACES.toReversed())).toBe(redacted);
  });

  test("with a source in the Nix store", () => {
    const source = `/nix/store/${HASH}-source`;
    expect(redactPaths(`${source}/default.nix`, [[source, "SOURCE"]])).toBe("SOURCE/default.nix");
  });
});

test.each([
  ["colours", "\u001b[31;1merror:\u001b[0m it failed", "error: it failed"],
  ["a link", "\u001b]8;;http://x\u0007here\u001b]8;;\u0007", "here"],
  ["a link that ends another way", "\u001b]8;;http://x\u001b\\here\u009d8;;\u009c", "here"],
  ["colours of eight bits", "\u009b1mbold\u009b0m", "bold"],
  ["a character set", "\u001b(Ba\u001bc", "a"],
  ["the start of a link without an end", "a\u001b]b", "ab"],
  ["a bell and a null", "a\u0007b\u0000c", "abc"],
  ["what reverses the direction", "a\u202eb", "ab"],
  ["what some programs end a line at", "a\u2028b\u2029c", "abc"],
  ["tabs, which become spaces", "\ta\tb", " a b"],
  ["nothing of other alphabets", "‘größer’ ✓", "‘größer’ ✓"],
])("a line is made plain of %s", (_, line, plain) => {
  expect(plainLine(line)).toBe(plain);
});

// How long it takes is a figure of `npm run bench:times`.
test.each(["\u001b]8;;", "\u009d", "\u001b[;#", "\u001b[1;", "\u009b", "\u001b "])(
  "a long line of %j is made plain, too",
  (sequence) => {
    expect(plainLine(sequence.repeat(2000))).not.toMatch(/\p{Cc}/u);
  },
);
