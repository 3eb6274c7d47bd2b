import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listAt, textAt } from "../json.ts";
import { type Outcome, output, run } from "./program.ts";

/** podman with a separate storage, independent of the machine's own. */
export interface Podman {
  /** Pulls over plain HTTP, with `user:password` or without. */
  pull(image: string, credentials?: string): Promise<Outcome>;
  /** The digests of the image's unpacked layers. */
  layers(image: string): Promise<string[]>;
  remove(): Promise<void>;
}

export async function createPodman(): Promise<Podman> {
  const directory = await mkdtemp(join(tmpdir(), "cornice-podman-"));
  // overlay does not work on every file system that tests run on.
  const storage = ["--root", join(directory, "root"), "--runroot", join(directory, "run"), "--storage-driver", "vfs"];
  // An empty file of logins, so that logins of this machine's user do not matter.
  const authFile = join(directory, "auth.json");
  await writeFile(authFile, "{}");
  const env = { ...process.env, REGISTRY_AUTH_FILE: authFile };
  return {
    pull(image, credentials) {
      const user = credentials === undefined ? [] : ["--creds", credentials];
      return run("podman", [...storage, "pull", "--quiet", "--tls-verify=false", ...user, image], { env });
    },
    async layers(image) {
      const inspected = await output("podman", [...storage, "image", "inspect", image], { env });
      return listAt(JSON.parse(inspected), 0, "RootFS", "Layers").map((layer) => textAt(layer));
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
