import { describe, expect, test } from "vitest";
import {
  confinedEnvironment,
  GIT_PROGRAMS,
  neededFiles,
  ownEnvironment,
  ownFolders,
  ownGitEnvironment,
} from "../../../origin/isolation/environments.ts";
import { join } from "node:path";

/** The environment on a machine with keys, a configuration and a proxy. */
const ENV = {
  PATH: "/usr/bin:/bin",
  HOME: "/home/user",
  LANG: "de_DE.UTF-8",
  NIX_REMOTE: "ssh://builder",
  NIX_SSL_CERT_FILE: "/etc/nix/ca.pem",
  SSH_AUTH_SOCK: "/run/agent",
  SSL_CERT_FILE: "/etc/ca.pem",
  TMPDIR: "/var/tmp",
  USER: "user",
  https_proxy: "http://user:password@proxy",
  no_proxy: "localhost",
  SECRET: "secret",
};
const CLOSED = { readable: [], network: false };
const REMOTE = "unix:///tmp/cornice-nix-1/socket/nix";
const CLOSED_ENVIRONMENT = {
  HOME: "/tmp",
  LC_ALL: "C.UTF-8",
  NIX_CONF_DIR: "/var/empty",
  NIX_REMOTE: REMOTE,
  NIX_USER_CONF_FILES: "/dev/null",
  PATH: "/var/empty",
  TMPDIR: "/tmp/t",
  USER: "nobody",
  XDG_CACHE_HOME: "/tmp/cache",
  XDG_CONFIG_HOME: "/tmp/config",
  XDG_DATA_HOME: "/tmp/data",
  XDG_STATE_HOME: "/tmp/state",
};
const OPEN_ENVIRONMENT = {
  ...CLOSED_ENVIRONMENT,
  NIX_SSL_CERT_FILE: "/etc/nix/ca.pem",
  SSL_CERT_FILE: "/etc/ca.pem",
  https_proxy: "http://user:password@proxy",
  no_proxy: "localhost",
};

function confined(sight: { readonly network: boolean; readonly git?: boolean }) {
  return confinedEnvironment(ENV, {
    sight: { ...CLOSED, ...sight },
    home: "/tmp",
    temporary: "/tmp/t",
    remote: REMOTE,
  });
}

describe("a confined program finds", () => {
  test("no variables of the machine, and no programs on PATH", () => {
    expect(confined({ network: false })).toEqual(CLOSED_ENVIRONMENT);
  });

  test("no git if it has no network", () => {
    expect(confined({ network: false, git: true })).toEqual(CLOSED_ENVIRONMENT);
  });

  test("certificates and proxies if it has a network", () => {
    expect(confined({ network: true })).toEqual(OPEN_ENVIRONMENT);
  });

  test("our git if it fetches repositories, without configuration, and for other machines' repositories only", () => {
    const environment = confined({ network: true, git: true });
    const { GIT_CONFIG_COUNT: count } = environment;
    const settings = Object.keys(environment).filter((name) => /^GIT_CONFIG_(KEY|VALUE)_\d+$/.test(name));
    expect(settings).toHaveLength(2 * Number(count));
    const rest = Object.fromEntries(Object.entries(environment).filter(([name]) => !settings.includes(name)));
    expect(rest).toEqual({
      ...OPEN_ENVIRONMENT,
      GIT_ALLOW_PROTOCOL: "git:http:https:ssh",
      GIT_CONFIG_COUNT: count,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      LC_ALL: "C",
      PATH: GIT_PROGRAMS,
    });
    expect(Object.values(environment)).toContain("core.hooksPath");
  });

  test("the machine's daemon if there is no daemon of ours", () => {
    const environment = confinedEnvironment(
      {},
      { sight: CLOSED, home: "/tmp", temporary: "/tmp/t", remote: undefined },
    );
    expect(environment["NIX_REMOTE"]).toBe("daemon");
  });
});

describe("a program of our own finds", () => {
  test("the machine's variables, but not the machine's Nix configuration", () => {
    const configuration = { NIX_CONF_DIR: "/var/empty", NIX_USER_CONF_FILES: "/dev/null" };
    expect(ownEnvironment(ENV, undefined)).toEqual({ ...ENV, ...configuration });
    expect(ownEnvironment(ENV, REMOTE)).toEqual({ ...ENV, ...configuration, NIX_REMOTE: REMOTE });
  });

  test("our git with this machine's keys if it fetches repositories", () => {
    expect(ownGitEnvironment(ENV)).toMatchObject({
      GIT_ALLOW_PROTOCOL: "git:http:https:ssh",
      HOME: "/home/user",
      PATH: GIT_PROGRAMS,
      SSH_AUTH_SOCK: "/run/agent",
    });
  });
});

test("git's folder is one of Cornice's folders", () => {
  expect(GIT_PROGRAMS).toBe(join(import.meta.dirname, "../../../nix/git"));
});

test("Nix's caches are in the given folder", () => {
  expect(Object.values(ownFolders("/f"))).toEqual(["/f/cache", "/f/config", "/f/data", "/f/state"]);
});

test.each([
  [{ network: false }, []],
  [{ network: true }, ["/etc/nix/ca.pem", "/etc/ca.pem"]],
  [{ network: true, git: true }, ["/etc/nix/ca.pem", "/etc/ca.pem", GIT_PROGRAMS]],
])("%j needs the files %j", (sight, files) => {
  expect(neededFiles({ ...CLOSED, ...sight }, ENV)).toEqual(files);
});

test("a certificate file that two variables name is needed once, and no file if no variable is set", () => {
  const both = { NIX_SSL_CERT_FILE: "/etc/ca.pem", SSL_CERT_FILE: "/etc/ca.pem" };
  expect(neededFiles({ ...CLOSED, network: true }, both)).toEqual(["/etc/ca.pem"]);
  expect(neededFiles({ ...CLOSED, network: true }, {})).toEqual([]);
});
