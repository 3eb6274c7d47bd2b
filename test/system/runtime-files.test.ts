import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTree } from "../origin/fixtures.ts";
import { type DockerEngine, startDockerEngine } from "./docker-engine.ts";
import { type Registry, startRegistry, temporaryDirectory } from "./registry.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let registry: Registry;
let engine: DockerEngine;

/** Names at the top of an image that belong to the image or the runtime. */
const RESERVED = ["nix", "proc", "sys", "dev", "run", "tmp", "etc", "var", "root", "home"];

/**
 * `programs` has this machine's bash and cat, with their libraries. `files` has files that runtimes make themselves.
 * `top` has files in the place of directories, and `below` has files in directories that no package may fill.
 */
const SET = (salt: string) => `
  let
    build = name: commands: derivation {
      inherit name;
      salt = "${salt}";
      system = builtins.currentSystem;
      builder = "/bin/sh";
      args = [ "-c" "PATH=/usr/bin:/bin; \${commands} exit 0" ];
    };
  in {
    programs = build "programs" ''
      for file in /bin/bash /bin/cat $(ldd /bin/bash /bin/cat | grep -o '/lib[^ ]*'); do
        mkdir -p $out/$(dirname $file); cp -L $file $out$file;
      done;
    '';
    files = build "files" ''
      mkdir -p $out/etc;
      for name in hosts resolv.conf hostname os-release; do echo "the package's $name" > $out/etc/$name; done;
    '';
    top = build "top" ''
      mkdir $out;
      for name in ${RESERVED.join(" ")}; do echo top > $out/$name; done;
    '';
    below = build "below" ''
      mkdir -p $out/nix/store $out/proc $out/sys $out/dev;
      for name in nix/store/x nix/x proc/x sys/x dev/null; do echo below > $out/$name; done;
    '';
  }
`;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const set = await writeTree(join(directory.path, "set"), { "default.nix": SET(randomUUID()) });
  const env = {
    CORNICE_PKGS_PATH: set,
    CORNICE_SOURCE_NAME: "test",
    CORNICE_NIX_SANDBOX: "false",
    CORNICE_NIX_SUBSTITUTERS: "",
  };
  registry = await startRegistry({ stateDirectory: join(directory.path, "state"), env });
  engine = await startDockerEngine();
});

afterAll(async () => {
  await engine.stop();
  await registry.stop();
  await directory[Symbol.asyncDispose]();
});

describe.each([
  ["no package", "programs", "Cornice image"],
  ["a package", "programs/files", "the package's os-release"],
])("if %s has files that the runtime makes,", (_, name, osRelease) => {
  const run = (path: string, ...options: readonly string[]) =>
    engine.docker("run", "--rm", "--network", "none", ...options, `${registry.host}/${name}`, "/bin/cat", path);

  it.each([
    ["/etc/hosts", "127.0.0.1\tlocalhost"],
    ["/etc/hostname", "web"],
  ])("a container has the runtime's %s", async (path, text) => {
    expect(await run(path, "--hostname", "web")).toContain(text);
    expect(await run(path, "--hostname", "web", "--read-only")).toContain(text);
  });

  it("a container has the runtime's name servers", async () => {
    expect(await run("/etc/resolv.conf", "--dns", "192.0.2.1")).toContain("nameserver 192.0.2.1");
  });

  it("a container has the image's /etc/os-release", async () => {
    expect(await run("/etc/os-release")).toContain(osRelease);
  });
});

describe.each([
  ["files in the place of an image's directories", "top", RESERVED],
  ["files in an image's directories", "below", ["nix", "proc", "sys", "dev"]],
])("if a package has %s,", (_title, name, hidden) => {
  const run = (...options: readonly string[]) =>
    engine.docker(
      "run",
      "--rm",
      "--network",
      "none",
      ...options,
      `${registry.host}/${name}/programs`,
      "/bin/bash",
      "-c",
      [
        "for name in /nix/store /proc/self /sys/kernel /dev/null /run /tmp /etc/passwd /var/lib /root /home; do",
        "  [[ -e $name ]] && echo $name",
        "done",
        "[[ -c /dev/null && -e /bin/cat && ! -e /nix/x && ! -e /nix/store/x ]] && echo whole",
      ].join("\n"),
    );

  it.each([[[]], [["--read-only", "--user", "nobody"]]])("the image runs: %s", async (options) => {
    const all = "/nix/store /proc/self /sys/kernel /dev/null /run /tmp /etc/passwd /var/lib /root /home whole";
    expect((await run(...options)).trim().split("\n").join(" ")).toBe(all);
  });

  it("the log of the build names each", async () => {
    await run();
    for (const path of hidden)
      expect(registry.log()).toMatch(new RegExp(`/${path} is .* and hides .*-${name}/${path}`));
  });
});
