import { describe, expect, test } from "vitest";
import { isLoopback, parseReference } from "../../../cli/registry/image-reference.ts";

const DIGEST = `sha256:${"ab".repeat(32)}`;

describe("a reference", () => {
  test.each([
    ["registry.example/git", "registry.example", "git", "latest"],
    ["registry.example:5000/shell/git:v1", "registry.example:5000", "shell/git", "v1"],
    ["localhost/git", "localhost", "git", "latest"],
    ["127.0.0.1:8787/git:v1", "127.0.0.1:8787", "git", "v1"],
    ["[::1]:8787/git", "[::1]:8787", "git", "latest"],
    ["https://registry.example/git", "registry.example", "git", "latest"],
    [`registry.example/git@${DIGEST}`, "registry.example", "git", DIGEST],
    [`registry.example/git:v1@${DIGEST}`, "registry.example", "git", DIGEST],
  ])("%s", (text, host, repository, target) => {
    expect(parseReference(text)).toMatchObject({ text, host, repository, target });
  });
});

test.each([
  ["git", "it must begin with the host of a registry"],
  ["shell/git", "it must begin with the host of a registry"],
  ["-x.example/git", "it must begin with the host of a registry"],
  ["user@registry.example/git", "it must begin with the host of a registry"],
  ["registry.example:65536/git", "it must begin with the host of a registry"],
  ["1.2.3.999/git", "it must begin with the host of a registry"],
  ["registry.example/Git", "the name of an image is lower-case"],
  ["registry.example/a//b", "the name of an image is lower-case"],
  ["registry.example/../git", "the name of an image is lower-case"],
  ["registry.example/git:", "cannot be a tag"],
  ["registry.example/git@sha256:ab", "not a digest"],
])("%s is refused", (text, message) => {
  expect(() => parseReference(text)).toThrow(message);
});

test.each([
  ["localhost", true],
  ["localhost:8787", true],
  ["127.1.2.3:1", true],
  ["[::1]:8787", true],
  ["localhost.example", false],
  ["127.0.0.1.example", false],
  ["10.0.0.1", false],
])("whether %s is this machine: %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
