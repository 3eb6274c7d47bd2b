import { describe, expect, test } from "vitest";
import { parseArguments } from "../../cli/arguments.ts";
import { UsageError } from "../../cli/cli-error.ts";

const CALL = {
  command: "verify",
  key: undefined,
  architecture: undefined,
  plainHttp: false,
  user: undefined,
  blobs: true,
  rebuild: false,
  json: false,
};

test("verify takes an image of a registry", () => {
  expect(parseArguments(["verify", "registry.example/shell/git"])).toMatchObject({
    ...CALL,
    reference: { host: "registry.example", repository: "shell/git", target: "latest" },
  });
});

test.each([
  [["--key", "cosign.pub"], { key: { kind: "file", path: "cosign.pub" } }],
  [["--key", "https://keys.example/a"], { key: { kind: "url" } }],
  [["--platform", "arm64"], { architecture: "arm64" }],
  [["--platform", "linux/amd64"], { architecture: "amd64" }],
  [["--insecure-http"], { plainHttp: true }],
  [["--user", "alice"], { user: "alice" }],
  [["--no-blobs", "--json"], { blobs: false, json: true }],
  [["--rebuild"], { rebuild: true }],
])("the option %j", (args, call) => {
  expect(parseArguments(["verify", "registry.example/git", ...args])).toMatchObject({ ...CALL, ...call });
});

test("a registry on this machine is asked over http", () => {
  expect(parseArguments(["verify", "localhost:8787/git"])).toMatchObject({ plainHttp: true });
});

describe("wrong usage is refused:", () => {
  test.each([
    [[], "name one image of a registry"],
    [["a.example/b", "c"], "one too many"],
    [["git"], "must begin with the host of a registry"],
    [["a.example/b", "--key", ""], "--key has no value"],
    [["a.example/b", "--key", "http://keys.example/a"], "anybody on the way can change the key"],
    [["a.example/b", "--key", "ftp://keys.example/a"], "--key must be a file"],
    [["a.example/b", "--platform", "riscv64"], '--platform is "riscv64"'],
    [["a.example/b", "--rebuild", "--no-blobs"], "--rebuild compares the layers"],
    [["a.example/b", "--user", "a:b"], "--user must be a name without a colon"],
  ])("%j", (args, message) => {
    expect(() => parseArguments(["verify", ...args])).toThrow(UsageError);
    expect(() => parseArguments(["verify", ...args])).toThrow(message);
  });
});
