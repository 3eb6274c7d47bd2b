import { expect, test } from "vitest";
import { type FlakeSource, parseFlakeReference } from "../../../origin/sources/flake-reference.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const git = (url: string, ref?: string, directory?: string): FlakeSource => ({
  kind: "flake",
  location: { kind: "git", url, ref },
  directory,
});

test.each<[string, FlakeSource]>([
  ["git+https://a.example/b", git("https://a.example/b")],
  ["git+https://u:p@a.example/b.git?ref=main", git("https://u:p@a.example/b.git", "main")],
  ["git+ssh://git@a.example/b?ref=team/x&dir=nix/flake", git("ssh://git@a.example/b", "team/x", "nix/flake")],
  [`git+file:///srv/b.git?rev=${COMMIT}`, git("file:///srv/b.git", COMMIT)],
  ["github:owner/repo", git("https://github.com/owner/repo")],
  ["github:owner/repo/v1.2?dir=nix", git("https://github.com/owner/repo", "v1.2", "nix")],
  [`github:owner/repo/${COMMIT}`, git("https://github.com/owner/repo", COMMIT)],
  ["github:owner/repo?ref=team/x&host=git.a.example:8443", git("https://git.a.example:8443/owner/repo", "team/x")],
  ["gitlab:group%2Fteam/repo/main", git("https://gitlab.com/group/team/repo", "main")],
  ["sourcehut:~user/repo", git("https://git.sr.ht/~user/repo")],
  ["/srv/flake", { kind: "flake", location: { kind: "path", path: "/srv/flake" }, directory: undefined }],
  ["path:/srv/flake?dir=a", { kind: "flake", location: { kind: "path", path: "/srv/flake" }, directory: "a" }],
])("the parser reads %s", (text, source) => {
  expect(parseFlakeReference(text)).toEqual(source);
});

test.each([
  "",
  "flake",
  "./flake",
  "path:flake",
  "github:owner",
  "github:../repo",
  "github:a%2F..%2Fb/repo",
  "github:a%2F/repo",
  "github:a%0Ab/repo",
  "github:owner/repo/-x",
  "github:owner/repo/a?ref=b",
  "github:owner/repo?host=a.example/b",
  "forge:owner/repo",
  "git+https://a.example/b?host=c.example",
  "nixpkgs",
  "git+ext::sh",
  "https://a.example/b.tar.gz",
  "git+https://a.example/b#hello",
  "git+https://a.example:port/b",
  "git+https://u%0ahost=c@a.example/b",
  "git+https://a.example/b?ref=-x",
  "git+https://a.example/b?ref=a%3Ab",
  "git+https://a.example/b?rev=main",
  "git+https://a.example/b?dir=../x",
  "git+https://a.example/b?dir=/etc",
  "git+https://a.example/b?narHash=x",
  "/srv/flake?ref=main",
])("%j is not a flake reference", (text) => {
  expect(parseFlakeReference(text)).toBeUndefined();
});
