import { mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pathExists } from "../../origin/system/path-exists.ts";
import { output } from "./program.ts";
import { REPOSITORY } from "./registry.ts";

/** Debian 13. It has Nix 2.26. */
const SUITE = "trixie";
const FOLDER = join(REPOSITORY, "node_modules/.cache/nix-of-debian-13");

/**
 * Unpacks the Nix of a newer Debian, with its libraries, into a folder of its own. The machine's Nix stays as it is.
 * Returns the folder of the programs. Needs apt, dpkg and patchelf. apt checks the packages with Debian's signatures.
 */
export async function newerNix(): Promise<string> {
  const programs = join(FOLDER, "bin");
  if (await pathExists(programs)) return programs;
  const scratch = `${FOLDER}.${process.pid}`;
  const [apt, root] = [join(scratch, "apt"), join(FOLDER, "root")];
  await rm(FOLDER, { recursive: true, force: true });
  for (const folder of [root, join(apt, "lists/partial"), join(apt, "cache/archives/partial")])
    await mkdir(folder, { recursive: true });
  const [site = ""] = (await output("apt-get", ["indextargets", "--format", "$(SITE)"])).split("\n");
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  await writeFile(join(apt, "sources.list"), `deb [signed-by=${keyring}] ${site} ${SUITE} main\n`);
  await writeFile(join(apt, "status"), "");
  await output("apt-get", [...ownApt(apt), "update"]);
  await output("apt-get", [...ownApt(apt), "install", "--yes", "--download-only", "nix-bin"]);
  const archives = join(apt, "cache/archives");
  for (const name of (await readdir(archives)).filter((each) => each.endsWith(".deb")))
    await output("dpkg-deb", ["--extract", join(archives, name), root]);
  await rm(scratch, { recursive: true });
  await useOwnLibraries(root);
  await linkPrograms(root, programs);
  return programs;
}

function ownApt(folder: string): string[] {
  const settings = {
    "Dir::Etc::SourceList": join(folder, "sources.list"),
    "Dir::Etc::SourceParts": "/nonexistent",
    "Dir::State::Lists": join(folder, "lists"),
    "Dir::State::Status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "APT::Sandbox::User": "root",
    "APT::Install-Recommends": "false",
    "Acquire::Languages": "none",
  };
  return ["-q", ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
}

async function useOwnLibraries(root: string): Promise<void> {
  const files = await readdir(join(root, "usr"), { recursive: true, withFileTypes: true });
  const loader = files.find(({ name }) => /^ld-linux-.*\.so\.\d$/.test(name));
  const triplet = (await readdir(join(root, "usr/lib"))).find((name) => name.endsWith("-linux-gnu")) ?? "";
  const interpreter = join(loader?.parentPath ?? "", loader?.name ?? "");
  const change = ["--set-interpreter", interpreter, "--force-rpath", "--set-rpath", join(root, "usr/lib", triplet)];
  await output("patchelf", [...change, join(root, "usr/bin/nix")]);
}

/** The last step. If the folder exists, everything is complete. */
async function linkPrograms(root: string, programs: string): Promise<void> {
  const partial = `${programs}.partial`;
  await mkdir(partial);
  for (const name of await readdir(join(root, "usr/bin")))
    if (name.startsWith("nix")) await symlink(join(root, "usr/bin", basename(name)), join(partial, name));
  await rename(partial, programs);
}
