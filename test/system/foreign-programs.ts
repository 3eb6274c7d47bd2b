import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { hostArchitecture } from "../../origin/nix/system.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import { listAt, objectOf, textAt } from "../json.ts";
import { unpackDebian13 } from "./debian-13.ts";
import { output } from "./program.ts";

/** The architecture that this machine does not have. */
export const FOREIGN: Architecture = hostArchitecture() === "amd64" ? "arm64" : "amd64";

const EMULATORS: Readonly<Record<Architecture, string>> = { amd64: "qemu-x86_64", arm64: "qemu-aarch64" };

/** Unpacks the layers of an image in skopeo's form `dir:` into a folder, which stands for the root directory. */
export async function unpackImage(image: string, root: string): Promise<void> {
  const manifest = objectOf(await readFile(join(image, "manifest.json"), "utf8"));
  await mkdir(root, { recursive: true });
  for (const layer of listAt(manifest, "layers"))
    await output("tar", ["-xf", join(image, textAt(layer, "digest").replace("sha256:", "")), "-C", root]);
}

/**
 * Runs a program of an unpacked foreign image under Debian's static emulator, and returns its output. The kernel of this
 * machine starts no foreign program itself. So the program cannot start others.
 */
export async function runForeign(root: string, command: readonly string[]): Promise<string> {
  const debian = await unpackDebian13(["qemu-user"]);
  await copyFile(join(debian, "usr/bin", EMULATORS[FOREIGN]), join(root, "emulator"));
  return output("chroot", [root, "/emulator", ...command], { env: { PATH: "/usr/sbin:/usr/bin:/bin" } });
}
