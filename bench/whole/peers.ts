import { once } from "node:events";
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../../start/machine/ports.ts";
import { timed, type Timed } from "./timed-command.ts";

/** Packs store paths as one tar. Store paths have no characters that are special in a shell. */
export function tarGzip(paths: readonly string[]): Promise<Timed> {
  return timed(`tar --create --absolute-names "$@" | gzip -6 | wc -c`, paths);
}

/** Copies an image into a new folder, and removes the folder. */
export async function skopeoPull(host: string, image: string, directory: string): Promise<Timed> {
  const folder = await mkdtemp(join(directory, "pulled-"));
  try {
    const command = `skopeo copy --quiet --src-tls-verify=false "docker://$1" "dir:$2"`;
    return await timed(command, [`${host}/${image}:latest`, folder]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Copies an image as it is, so that both registries hold the same bytes. */
export async function skopeoCopy(from: string, to: string, image: string): Promise<void> {
  const options = "--quiet --preserve-digests --src-tls-verify=false --dest-tls-verify=false";
  await timed(
    `skopeo copy ${options} "docker://$1" "docker://$2"`,
    [from, to].map((host) => `${host}/${image}:latest`),
  );
}

/** Builds an image with an empty cache. The cache has only the starter set. */
export async function corniceBuild(image: string, directory: string, starter: string): Promise<Timed> {
  const folder = await mkdtemp(join(directory, "build-"));
  try {
    await mkdir(join(folder, "cornice"));
    await cp(starter, join(folder, "cornice/starter"), { recursive: true });
    const args = [image, join(folder, "image.tar")];
    return await timed(`bin/cornice build "$1" -o "$2" 2>/dev/null`, args, { XDG_CACHE_HOME: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Nixery extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
}

const POLL_MS = 100;
const START_TIMEOUT_MS = 30_000;

/** Starts Nixery with an empty disk store. `packages`: the package set. */
export async function startNixery(file: string, directory: string, packages: string): Promise<Nixery> {
  const storage = await mkdtemp(join(directory, "nixery-"));
  const port = await freePort();
  const env = {
    PORT: String(port),
    NIXERY_STORAGE_BACKEND: "filesystem",
    STORAGE_PATH: storage,
    NIXERY_PKGS_PATH: packages,
    NIX_TIMEOUT: "900",
    WEB_DIR: storage,
  };
  const child = spawn(file, { stdio: "ignore", env: { ...process.env, ...env } });
  const ended = once(child, "exit");
  const host = `127.0.0.1:${port}`;
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isUp(host))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${file} did not start`);
    await setTimeout(POLL_MS);
  }
  return {
    host,
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
      await rm(storage, { recursive: true, force: true });
    },
  };
}

function isUp(host: string): Promise<boolean> {
  return fetch(`http://${host}/v2/`).then(
    ({ ok }) => ok,
    () => false,
  );
}
