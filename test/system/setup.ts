import { ensurePrograms } from "../../start/machine/debian-packages.ts";
import { ensureIsolation } from "../../start/machine/isolation-means.ts";

/** Installs the programs that the system tests run, if they are missing. */
export default async function setup(): Promise<void> {
  const requirements = [
    { program: "nix-store", debianPackage: "nix-bin" },
    { program: "patchelf", debianPackage: "patchelf" },
    { program: "git", debianPackage: "git" },
    { program: "skopeo", debianPackage: "skopeo" },
    { program: "podman", debianPackage: "podman" },
    { program: "dockerd", debianPackage: "docker.io" },
    { program: "ctr", debianPackage: "containerd" },
    { program: "newuidmap", debianPackage: "uidmap" },
    { program: "ssh", debianPackage: "openssh-client" },
    { program: "bzip2", debianPackage: "bzip2" },
  ];
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
  const options = { path, isRoot: process.getuid?.() === 0, log: console.log };
  await ensurePrograms(requirements, options);
  await ensureIsolation(options);
}
