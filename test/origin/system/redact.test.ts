import { describe, expect, test } from "vitest";
import { redactPaths } from "../../../origin/system/redact.ts";

const HASH = "jyaz5mpi59wajy63khyjsdkm14brnccd";
const PLACES = [
  ["/root", "HOME"],
  ["/root/pkgs", "SOURCE"],
  ["/var/tmp/cornice/build-1/", "SPOOL"],
  ["/opt/cornice (1)", "CORNICE"],
  ["", "NOTHING"],
  ["/", "ROOT"],
] as const;

describe("words replace paths of this machine:", () => {
  test.each([
    ["a file of the source", "at /root/pkgs/a.nix:3:5", "at SOURCE/a.nix:3:5"],
    ["the source itself", "path '/root/pkgs' is a file", "path 'SOURCE' is a file"],
    ["the source at the end of a sentence", "no /root/pkgs.", "no SOURCE."],
    ["the source as a URL", "file:///root/pkgs/x", "file://SOURCE/x"],
    ["the home", "/root/.config/nix/nix.conf", "HOME/.config/nix/nix.conf"],
    ["a path that only begins like a place", "/root/pkgs2/a /rooted", "HOME/pkgs2/a /rooted"],
    [
      "a path that only ends like a place",
      "/my/root/x and https://example.org/root",
      "/my/root/x and https://example.org/root",
    ],
    ["the spool", "link '/var/tmp/cornice/build-1/closure'", "link 'SPOOL/closure'"],
    ["our own files", "/opt/cornice (1)/nix/prepare-image.nix:80", "CORNICE/nix/prepare-image.nix:80"],
    ["a store path", `building '/nix/store/${HASH}-git-2.39.5.drv'...`, "building 'git-2.39.5.drv'..."],
    ["a file of a store path", `/nix/store/${HASH}-source/pkgs/a.nix`, "source/pkgs/a.nix"],
    ["two store paths", `/nix/store/${HASH}-a /nix/store/${HASH}-b`, "a b"],
    ["no other paths", "/etc/passwd and /nix/store and /", "/etc/passwd and /nix/store and /"],
  ])("%s", (_, text, redacted) => {
    expect(redactPaths(text, PLACES)).toBe(redacted);
    expect(redactPaths(text, PLACES.toReversed())).toBe(redacted);
  });

  test("with a source in the Nix store", () => {
    const source = `/nix/store/${HASH}-source`;
    expect(redactPaths(`${source}/default.nix`, [[source, "SOURCE"]])).toBe("SOURCE/default.nix");
  });
});
