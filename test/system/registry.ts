import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../../start/machine/ports.ts";
import { removeFolder } from "../remove-folder.ts";

export const REPOSITORY = join(import.meta.dirname, "../..");

/** A running `npm start`. */
export interface Registry {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly originUrl: string;
  readonly process: ChildProcess;
  /** Everything printed so far. */
  log(): string;
  /** Resolves when the text has been printed. */
  logged(text: string, timeoutMs?: number): Promise<void>;
  /** Sends Ctrl-C, and waits until all processes have ended. */
  stop(): Promise<void>;
}

export interface RegistryOptions {
  readonly stateDirectory: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly ports?: readonly [registry: number, origin: number];
  /** Another program that starts a registry by the same settings. The default is what `npm start` runs. */
  readonly command?: readonly [file: string, ...args: string[]];
}

/** `npm start` itself. npm takes longer to start than the registry. */
export const NPM_START = ["npm", "start", "--silent"] as const;
/** As `package.json` has it. */
const START = [process.execPath, "start/main.ts"] as const;
/** As `npm start` and `bin/cornice` set it. Without it, each start takes half a second more of a processor. */
export const COMPILED = { NODE_COMPILE_CACHE: join(REPOSITORY, "node_modules/.cache/node") } as const;

/** Makes a registry list its packages, for the page's search. Other registries make no list, because it takes seconds. */
export const LISTED = { CORNICE_INDEX: "true" };

const START_TIMEOUT_MS = 180_000;
const POLL_MS = 50;

export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const registry = await launchRegistry(options);
  await registry.logged("Ctrl-C stops it", START_TIMEOUT_MS);
  return registry;
}

/** Like `startRegistry`, but does not wait until the registry is ready. */
export async function launchRegistry(options: RegistryOptions): Promise<Registry> {
  const { stateDirectory, env = {}, ports, command = START } = options;
  const [file, ...args] = command;
  const [port, originPort] = ports ?? [await freePort(), await freePort()];
  const child = spawn(file, args, {
    cwd: REPOSITORY,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...COMPILED,
      ...process.env,
      CORNICE_STATE_DIR: stateDirectory,
      CORNICE_PORT: String(port),
      CORNICE_ORIGIN_PORT: String(originPort),
      CORNICE_INDEX: "false",
      ...env,
    },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  return {
    host: `127.0.0.1:${port}`,
    originUrl: `http://127.0.0.1:${originPort}`,
    process: child,
    log: () => text,
    async logged(wanted, timeoutMs = START_TIMEOUT_MS) {
      const deadline = Date.now() + timeoutMs;
      while (!text.includes(wanted)) {
        if (hasEnded(child) || Date.now() > deadline)
          throw new Error(`${JSON.stringify(wanted)} was not printed:\n${text}`);
        await setTimeout(POLL_MS);
      }
    },
    async stop() {
      if (hasEnded(child)) return;
      // Streams close when the last process that holds them has ended.
      const ended = once(child, "close");
      // A terminal sends Ctrl-C to the whole foreground group.
      process.kill(-(child.pid ?? 0), "SIGINT");
      await ended;
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** A folder that is removed after the test. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "cornice-test-"));
  return { path, [Symbol.asyncDispose]: () => removeFolder(path) };
}

/** Writes the test package set. With a new salt, none of its packages is built yet. Returns its settings. */
export async function testPackages(directory: string, salt: string): Promise<Record<string, string>> {
  const path = join(directory, "packages.nix");
  // The copy is in the same folder, because evaluation may read only the package source.
  await copyFile(join(REPOSITORY, "test/system/packages.nix"), join(directory, "set.nix"));
  await writeFile(path, `{ config }: import ./set.nix { salt = "${salt}"; inherit config; }\n`);
  return {
    CORNICE_PKGS_PATH: path,
    CORNICE_SOURCE_NAME: "test",
    // The set's builders use this machine's shell.
    CORNICE_NIX_SANDBOX: "false",
    CORNICE_NIX_SUBSTITUTERS: "",
  };
}
