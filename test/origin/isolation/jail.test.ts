import { describe, expect, test } from "vitest";
import { becomeUser, jail, type JailBase, systemView } from "../../../origin/isolation/jail.ts";

const BASE: JailBase = { system: ["--system"], nixPrefix: "/usr", socketFolder: "/nix/var/nix/daemon-socket" };
const CLOSED = { readable: [], network: false };

const NAMESPACES = [
  "--die-with-parent",
  "--new-session",
  "--unshare-pid",
  "--unshare-ipc",
  "--unshare-uts",
  "--unshare-cgroup-try",
];
const PROCESSES = ["--proc", "/proc", "--dev", "/dev"];
const TEMPORARY = ["--perms", "1777", "--dir", "/tmp/cornice-temporary"];
const MEMORY = ["--perms", "1777", "--size", "268435456", "--tmpfs", "/tmp", ...TEMPORARY];
const ORDINARY = { isRoot: false, becomesAnother: false };
const ROOT = { isRoot: true, becomesAnother: true };
const open = (path: string) => ["--perms", "0755", "--dir", path];
const shown = (path: string) => ["--ro-bind", path, path];
const STORE = [...open("/nix"), ...shown("/nix/store")];
const SOCKET = [...["/nix", "/nix/var", "/nix/var/nix"].flatMap(open), ...shown("/nix/var/nix/daemon-socket")];
const END = ["--chdir", "/", "--"];
const REST = [...PROCESSES, ...MEMORY, ...STORE, ...SOCKET, ...END];

describe("a jail", () => {
  test("without a network, as an ordinary user", () => {
    expect(jail(BASE, CLOSED, ORDINARY)).toEqual([
      ...NAMESPACES,
      "--unshare-net",
      "--unshare-user",
      "--system",
      ...REST,
    ]);
  });

  test("as root, with only the capabilities to become another user inside", () => {
    expect(jail(BASE, CLOSED, ROOT)).toEqual([
      ...NAMESPACES,
      "--unshare-net",
      "--cap-add",
      "CAP_SETUID",
      "--cap-add",
      "CAP_SETGID",
      "--system",
      ...REST,
    ]);
  });

  test("with a network, and the files for name resolution", () => {
    const files = ["/etc/gai.conf", "/etc/hosts", "/etc/resolv.conf", "/etc/services"];
    expect(jail(BASE, { ...CLOSED, network: true }, ORDINARY)).toEqual([
      ...NAMESPACES,
      "--unshare-user",
      "--system",
      ...files.flatMap((file) => ["--ro-bind-try", file, file]),
      ...REST,
    ]);
  });

  test("with a writable folder instead of memory", () => {
    expect(jail(BASE, { ...CLOSED, scratch: "/var/tmp/s" }, ORDINARY)).toEqual([
      ...NAMESPACES,
      "--unshare-net",
      "--unshare-user",
      "--system",
      ...PROCESSES,
      "--bind",
      "/var/tmp/s",
      "/tmp",
      ...TEMPORARY,
      ...STORE,
      ...SOCKET,
      ...END,
    ]);
  });

  test("mounts files after /tmp, because some are below it, and opens the folders above them", () => {
    expect(jail(BASE, { ...CLOSED, readable: ["/tmp/a/b", "/c"] }, ORDINARY)).toEqual([
      ...NAMESPACES,
      "--unshare-net",
      "--unshare-user",
      "--system",
      ...PROCESSES,
      ...MEMORY,
      ...STORE,
      ...SOCKET,
      ...open("/tmp"),
      ...open("/tmp/a"),
      ...shown("/tmp/a/b"),
      ...shown("/c"),
      ...END,
    ]);
  });

  test.each(["/opt/nix", "/home/user/.nix", "/nix/other", "/usr2"])("shows a Nix in %s", (nixPrefix) => {
    const options = jail({ ...BASE, nixPrefix }, CLOSED, ORDINARY).join(" ");
    expect(options).toContain([...STORE, ...parentsOf(nixPrefix), ...shown(nixPrefix), ...SOCKET].join(" "));
  });

  test.each(["/", "/usr", "/usr/local", "/nix/store/00000000000000000000000000000000-nix-2.28"])(
    "shows a Nix in %s without a mount of its own",
    (nixPrefix) => {
      expect(jail({ ...BASE, nixPrefix }, CLOSED, ORDINARY)).toEqual(jail(BASE, CLOSED, ORDINARY));
    },
  );
});

function parentsOf(path: string): string[] {
  const steps = path.split("/").slice(1, -1);
  return steps.flatMap((_, index) => open(`/${steps.slice(0, index + 1).join("/")}`));
}

test("another user has no privileges, and cannot get any", () => {
  expect(becomeUser({ uid: 12, gid: 34 })).toEqual([
    "--reuid=12",
    "--regid=34",
    "--clear-groups",
    "--inh-caps=-all",
    "--no-new-privs",
  ]);
});

describe("a jail shows of the system", () => {
  test("programs and libraries, all of them read-only", async () => {
    const view = await systemView();
    expect(view.join(" ")).toContain("--ro-bind /usr /usr");
    expect(view.filter((word) => /^--(dev-)?bind/.test(word))).toEqual([]);
  });

  test("no file with secrets", async () => {
    const files = new Set([
      "/etc",
      "/etc/shadow",
      "/etc/nix",
      "/root",
      "/home",
      "/var",
      "/run",
      "/proc",
      "/sys",
      "/dev",
    ]);
    const view = await systemView();
    const bound = view.filter((_, index) => view[index - 1]?.startsWith("--ro-bind") ?? false);
    expect(bound.filter((path) => files.has(path))).toEqual([]);
  });
});
