import { join } from "node:path";
import { ABSENT_PATH } from "../../image/closure/store-path.ts";
import { runCommand } from "../system/command.ts";
import { ownEnvironment } from "./environments.ts";
import type { Machine } from "./machine.ts";
import { readNixFiles } from "./nix-conf-file.ts";
import { clientOptions, untrustedOptions } from "./nix-settings.ts";
import type { OwnDaemonOptions } from "./own-daemon.ts";

/** The machine's own Nix daemon, which belongs to another user. */
export interface MachineDaemon {
  /** The options of a program that uses this daemon: only those that the daemon follows. */
  options(machine: Machine): Promise<readonly string[]>;
  /** The binary caches of our settings that the daemon does not ask. */
  ignoredCaches(machine: Machine): Promise<readonly string[]>;
  /** What the daemon ignores of our settings, one sentence, with advice. Undefined if it ignores nothing. */
  gap(machine: Machine): Promise<string | undefined>;
}

/** How far the daemon trusts this process's user. */
interface Trust {
  readonly isTrusted: boolean;
  readonly ignoredCaches: readonly string[];
}

/** No daemon has this cache. If it does not complain about the cache, it trusts us. */
const NO_CACHE = "http://127.0.0.1:1/cornice-asks-whether-it-is-trusted";
/** Nix 2.8 tells only this of an untrusted user's settings. */
const IGNORED = /ignoring untrusted substituter '([^']*)'/;
const ASK_TIMEOUT_MS = 30_000;

export function createMachineDaemon({ env, daemon }: Pick<OwnDaemonOptions, "env" | "daemon">): MachineDaemon {
  let trust: Promise<Trust> | undefined;

  async function ask({ nixFolder }: Machine): Promise<Trust> {
    const ignored: string[] = [];
    const substituters = `${NO_CACHE} ${daemon.substituters ?? ""}`.trim();
    await runCommand(join(nixFolder, "nix-store"), {
      args: ["--option", "substituters", substituters, "--check-validity", "--print-invalid", ABSENT_PATH],
      env: ownEnvironment(env, undefined),
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
      onStdout: () => {},
      onStderr(line) {
        const cache = IGNORED.exec(line)?.[1];
        if (cache !== undefined) ignored.push(cache);
      },
    });
    return { isTrusted: ignored.length === 0, ignoredCaches: ignored.filter((cache) => cache !== NO_CACHE) };
  }

  /** If the daemon does not answer, the caller's own program says so. The next call asks again. */
  async function trustOf(machine: Machine): Promise<Trust> {
    const asked = (trust ??= ask(machine));
    return asked.catch(() => {
      trust = undefined;
      return { isTrusted: true, ignoredCaches: [] };
    });
  }

  return {
    async options(machine) {
      const { isTrusted, ignoredCaches } = await trustOf(machine);
      if (isTrusted) return clientOptions(daemon, await readNixFiles(daemon));
      return untrustedOptions(daemon, ignoredCaches);
    },
    ignoredCaches: async (machine) => (await trustOf(machine)).ignoredCaches,
    async gap(machine) {
      const { isTrusted, ignoredCaches } = await trustOf(machine);
      if (isTrusted) return undefined;
      const ignored = [
        ...(ignoredCaches.length > 0 ? [`CORNICE_NIX_SUBSTITUTERS (${ignoredCaches.join(", ")})`] : []),
        ...(daemon.trustedKeys === undefined ? [] : ["CORNICE_NIX_TRUSTED_KEYS"]),
        ...(daemon.netrcFile === undefined ? [] : ["CORNICE_NIX_NETRC"]),
        ...(daemon.nixConf === undefined ? [] : ["CORNICE_NIX_CONF"]),
      ];
      if (ignored.length === 0) return undefined;
      const advice = 'put "trusted-users = USER", or the settings themselves, into the nix.conf of the daemon';
      return `this machine's Nix daemon does not trust this user, and ignores ${ignored.join(", ")}: ${advice}`;
    },
  };
}
