import { ensurePrograms } from "../../start/machine/debian-packages.ts";

/** Installs the programs that the browser tests run, if they are missing. */
export default async function setup(): Promise<void> {
  const requirements = [
    { program: "chromium", debianPackage: "chromium" },
    { program: "nix-store", debianPackage: "nix-bin" },
    { program: "patchelf", debianPackage: "patchelf" },
    { program: "git", debianPackage: "git" },
    { program: "skopeo", debianPackage: "skopeo" },
  ];
  await ensurePrograms(requirements, {
    path: process.env["PATH"] ?? "",
    isRoot: process.getuid?.() === 0,
    log: console.log,
  });
}
