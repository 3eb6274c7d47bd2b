import { describe, expect, test } from "vitest";
import {
  clientOptions,
  daemonConfiguration,
  type DaemonSettings,
  parseMachineSettings,
} from "../../../origin/isolation/nix-settings.ts";

const SETTINGS: DaemonSettings = {
  sandbox: true,
  substituters: undefined,
  maxJobs: undefined,
  buildGroup: undefined,
  machine: new Map(),
};
/** Settings that run programs, load code, trust users, or give an evaluation more permissions. */
const DANGEROUS = [
  "allow-import-from-derivation",
  "allow-unsafe-native-code-during-evaluation",
  "allowed-uris",
  "build-hook",
  "build-users-group",
  "diff-hook",
  "experimental-features",
  "extra-experimental-features",
  "plugin-files",
  "post-build-hook",
  "pre-build-hook",
  "require-sigs",
  "restrict-eval",
  "run-diff-hook",
  "sandbox",
  "sandbox-fallback",
  "trusted-substituters",
  "trusted-users",
];

function configured(settings: Partial<DaemonSettings>): ReadonlyMap<string, string> {
  const lines = daemonConfiguration({ ...SETTINGS, ...settings })
    .slice(0, -1)
    .split("\n");
  const entries = lines.map((line): [string, string] => {
    const [name = "", value = ""] = line.split(" = ");
    return [name, value];
  });
  expect(new Set(entries.map(([name]) => name)).size).toBe(entries.length);
  return new Map(entries);
}

test("systems whose builders run here are added to the machine's own", () => {
  const machine = new Map([["extra-platforms", "i686-linux"]]);
  const extra = "extra-extra-platforms";
  expect(configured({ machine }).has(extra)).toBe(false);
  const settings = configured({ machine, extraSystems: ["x86_64-linux", "aarch64-linux"] });
  expect([settings.get("extra-platforms"), settings.get(extra)]).toEqual(["i686-linux", "x86_64-linux aarch64-linux"]);
  const options = clientOptions({ ...SETTINGS, extraSystems: ["aarch64-linux"] }, new Map());
  expect(options.slice(options.indexOf(extra), options.indexOf(extra) + 2)).toEqual([extra, "aarch64-linux"]);
});

describe("in the machine's configuration", () => {
  test.each([
    ["substituters = https://a https://b", ["substituters", "https://a https://b"]],
    ["builders = ssh://a x86_64-linux / 1 = 2", ["builders", "ssh://a x86_64-linux / 1 = 2"]],
    ["trusted-public-keys = a:b= c:d==", ["trusted-public-keys", "a:b= c:d=="]],
    ["max-jobs = ", ["max-jobs", ""]],
  ])("%j is taken", (line, setting) => {
    expect([...parseMachineSettings([line])]).toEqual([setting]);
  });

  test.each([...DANGEROUS, "unheard-of", "Substituters", ""])("%j is ignored", (name) => {
    expect([...parseMachineSettings([`${name} = value`])]).toEqual([]);
  });

  test.each(["", "substituters", "warning: substituters"])("%j is not a setting", (line) => {
    expect([...parseMachineSettings([line])].filter(([, value]) => value !== "")).toEqual([]);
  });
});

describe("the daemon's configuration", () => {
  test("in full", () => {
    expect([...configured({})]).toEqual([
      ["allowed-users", "*"],
      ["build-users-group", ""],
      ["experimental-features", ""],
      ["max-build-log-size", "67108864"],
      ["plugin-files", ""],
      ["post-build-hook", ""],
      ["pre-build-hook", ""],
      ["sandbox", "true"],
      ["sandbox-fallback", "false"],
      ["trusted-users", ""],
      ["connect-timeout", "10"],
      ["download-attempts", "5"],
      ["narinfo-cache-negative-ttl", "0"],
      ["narinfo-cache-positive-ttl", "300"],
      ["stalled-download-timeout", "11"],
    ]);
  });

  test.each<[string, Partial<DaemonSettings>, string, string]>([
    ["no sandbox", { sandbox: false }, "sandbox", "false"],
    ["substituters", { substituters: "https://a https://b" }, "substituters", "https://a https://b"],
    ["no substituters", { substituters: "" }, "substituters", ""],
    ["jobs", { maxJobs: 3 }, "max-jobs", "3"],
    ["a file of passwords", { netrcFile: "/run/netrc" }, "netrc-file", "/run/netrc"],
    ["a shorter silence", { downloadSilenceS: 10 }, "stalled-download-timeout", "1"],
    ["a longer silence", { downloadSilenceS: 3600 }, "stalled-download-timeout", "719"],
    ["a group of build users", { buildGroup: "nixbld" }, "build-users-group", "nixbld"],
    ["the machine's cache", { machine: new Map([["substituters", "https://m"]]) }, "substituters", "https://m"],
  ])("with %s", (_, settings, name, value) => {
    expect(configured(settings).get(name)).toBe(value);
  });

  test("prefers the origin's settings to the machine's", () => {
    const machine = new Map([
      ["substituters", "https://m"],
      ["max-jobs", "9"],
    ]);
    const configuration = configured({ machine, substituters: "", maxJobs: 3 });
    expect([configuration.get("substituters"), configuration.get("max-jobs")]).toEqual(["", "3"]);
  });

  test("adds trusted keys to the machine's own ones", () => {
    const machine = new Map([["trusted-public-keys", "m:1"]]);
    expect(configured({ machine, trustedKeys: "a:1 b:1" }).get("trusted-public-keys")).toBe("m:1 a:1 b:1");
    expect(configured({ machine }).get("trusted-public-keys")).toBe("m:1");
  });

  test("ignores dangerous settings of the machine", () => {
    const machine = parseMachineSettings(DANGEROUS.map((name) => `${name} = true`));
    expect(configured({ machine })).toEqual(configured({}));
  });
});
