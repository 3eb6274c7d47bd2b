import assert from "node:assert/strict";
import * as fc from "fast-check";
import { redactUrls } from "../../../origin/system/redact.ts";
import { ConfigError, Settings } from "../../../origin/system/settings.ts";
import { matchesAny, parseAllowedRefs } from "../../../origin/sources/allowed-refs.ts";
import { type FlakeSource, parseFlakeReference } from "../../../origin/sources/flake-reference.ts";
import { findRef, parseRefs } from "../../../origin/sources/git-refs.ts";
import { parseGitRemote } from "../../../origin/sources/git-remote.ts";
import { gitEnvironment } from "../../../origin/isolation/git-environment.ts";
import { describeSource, parsePackageSource, SOURCE_SETTINGS } from "../../../origin/sources/package-source.ts";
import { longText, mutated, oddText } from "../odd-text.ts";
import { accepted, type Property, property, quickly } from "../property.ts";
import { commit } from "../valid.ts";

const PASSWORD = "s3cret-0123456789";
const host = fc.constantFrom("example.org", `user:${PASSWORD}@example.org`, `${PASSWORD}@example.org:8080`);
const url = fc
  .tuple(fc.constantFrom("https", "http", "ssh", "file", "git"), host, fc.constantFrom("/a", "/a.git", "", "/a%20b"))
  .map(([scheme, authority, path]) => `${scheme}://${authority}${path}`);
const query = fc.constantFrom(
  "",
  "?ref=main",
  "?rev=0123456789012345678901234567890123456789",
  "?dir=a/b",
  "?ref=v1&dir=pkgs",
  "?dir=../x",
  "?ref=-x",
);
const flake = fc
  .tuple(
    fc.oneof(
      url.map((text) => `git+${text}`),
      fc.constantFrom("/srv/flake", "path:/srv/flake"),
    ),
    query,
  )
  .map((parts) => parts.join(""));

/** Names of few letters, so that patterns match often. */
const refName = fc.stringMatching(/^[ab/]{1,8}$/);
const pattern = fc.stringMatching(/^[ab/*]{1,6}$/);
const refLine = fc
  .tuple(
    fc.oneof(commit, oddText(12)),
    fc.constantFrom("\t", " ", ""),
    fc.constantFrom("HEAD", "refs/heads/", "refs/tags/", "refs/pull/"),
    refName,
    fc.constantFrom("", "^{}"),
  )
  .map((parts) => parts.join(""));

function describeFlake(source: FlakeSource): string {
  return describeSource(source);
}

export const sources: readonly Property[] = [
  property(
    "sources/flakes",
    fc.oneof(flake, mutated(flake), oddText(80), longText("git+https://", "a/", "?dir=", "../")),
    (text) => {
      const source = quickly(() => parseFlakeReference(text));
      if (!source) return;
      const { location, directory } = source;
      if (directory !== undefined)
        assert.ok(directory.split("/").every((name) => name !== "" && name !== "." && name !== ".."));
      if (location.kind === "path") assert.ok(location.path.startsWith("/"));
      if (location.kind === "git") {
        assert.ok(URL.canParse(location.url));
        assert.match(location.ref ?? "main", /^[A-Za-z0-9_][\w./-]*$/);
      }
      const described = describeFlake(source);
      assert.ok(described.startsWith("flake:"));
      const again = parseFlakeReference(described.slice("flake:".length));
      assert.ok(again);
      assert.equal(describeFlake(again), described);
    },
  ),

  property("sources/credentials", fc.tuple(flake, url, fc.constantFrom(" ", "'")), ([reference, repository, mark]) => {
    for (const env of [{ CORNICE_FLAKE: reference }, { CORNICE_PKGS_REPO: repository }]) {
      const settings = new Settings(env);
      const source = parsePackageSource(settings);
      const told = [...settings.problems, source ? describeSource(source) : ""].join("\n");
      if (told.includes(PASSWORD)) assert.fail(`the password is in ${told}`);
      if (source?.kind === "git")
        assert.ok(!source.url.startsWith("http") || !parseGitRemote(source.url, undefined).url.includes(PASSWORD));
    }
    assert.ok(!redactUrls(`fatal: ${mark}${repository}${mark} not found`).includes(PASSWORD));
  }),

  property(
    "sources/settings",
    fc.tuple(fc.constantFrom(...SOURCE_SETTINGS), fc.oneof(flake, url, mutated(url), mutated(flake), oddText(80))),
    ([name, text]) => {
      const settings = new Settings({ [name]: text });
      const source = parsePackageSource(settings);
      assert.equal(source === undefined, settings.problems.length > 0);
      if (!source) return;
      assert.ok(describeSource(source).length > 0);
      // The URL of a flake is a git URL.
      const repository =
        source.kind === "git"
          ? source.url
          : source.kind === "flake" && source.location.kind === "git"
            ? source.location.url
            : undefined;
      if (repository === undefined) return;
      const { url: address, credentials } = parseGitRemote(repository, "a-token");
      assert.doesNotMatch(address, /^-/);
      for (const value of Object.values(gitEnvironment({}, credentials))) assert.doesNotMatch(value, /\0/);
    },
  ),

  property(
    "sources/patterns",
    fc.tuple(fc.array(pattern, { maxLength: 3 }), fc.oneof(refName, oddText(8))),
    ([patterns, name]) => {
      const expected = patterns.some((text) => new RegExp(`^${text.replaceAll("*", "[^]*")}$`).test(name));
      assert.equal(matchesAny(patterns, name), expected);
    },
  ),

  property(
    "sources/long-patterns",
    fc.tuple(pattern, fc.stringMatching(/^[ab]{0,3}$/), fc.integer({ min: 1, max: 60 })),
    ([part, name, count]) => {
      assert.equal(typeof quickly(() => matchesAny([part.repeat(count).slice(0, 200)], name.repeat(2000))), "boolean");
    },
  ),

  property(
    "sources/allowed-refs",
    fc.oneof(
      oddText(80),
      fc.array(pattern).map((list) => list.join(" ")),
    ),
    (text) => {
      const settings = new Settings({ CORNICE_ALLOWED_REFS: text });
      const { patterns } = parseAllowedRefs(settings);
      const parsed = accepted(
        () => settings.throwIfAny(),
        (error) => error instanceof ConfigError,
      );
      if (settings.problems.length === 0) for (const one of patterns ?? []) assert.match(one, /^[\w./*-]+$/);
      assert.equal(parsed, undefined);
    },
  ),

  property(
    "sources/refs",
    fc.tuple(
      fc.array(fc.oneof(refLine, mutated(refLine), oddText()), { maxLength: 8 }),
      fc.array(pattern, { maxLength: 2 }),
      refName,
    ),
    ([lines, patterns, name]) => {
      const refs = parseRefs(lines, patterns);
      for (const [ref, target] of [...refs.targets, ...refs.peeled]) {
        assert.match(target, /^[0-9a-f]{40}$/);
        const [, short] = /^refs\/(?:heads|tags)\/([^]+)$/.exec(ref) ?? [];
        assert.ok(ref === "HEAD" || (short !== undefined && matchesAny(patterns, short)));
      }
      const found = findRef(refs, name);
      if (found !== undefined) assert.ok(lines.some((line) => line.startsWith(found)) && matchesAny(patterns, name));
    },
  ),
];
