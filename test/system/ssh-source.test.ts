import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { containing } from "../matchers.ts";
import { createIsolation } from "../../origin/isolation/create-isolation.ts";
import { rejection, until, writeTree } from "../origin/fixtures.ts";
import { createRepository, type GitRepository } from "../origin/sources/git-repository.ts";
import { removeFolder } from "../remove-folder.ts";
import { output } from "./program.ts";
import { freePort } from "../../start/machine/ports.ts";
import { derivation, pullFromSource, SYSTEM } from "./source-pull.ts";

let directory: string;
let repository: GitRepository;
let commit: string;
let server: { readonly port: number; stop(): void } | undefined;

/** The output of sshd. */
let log = "";

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-ssh-"));
  repository = await createRepository(directory);
  commit = await repository.commit({ "default.nix": `{ hello = ${derivation("hello", '"over SSH"')}; }` }, "main");
  for (const name of ["host", "user", "stranger"])
    await output("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(directory, name)]);
  server = await startServer();
});

afterAll(async () => {
  server?.stop();
  await removeFolder(directory);
});

/** Only unpacks the server. Installing the package would also start the server for everybody. */
async function unpackServer() {
  const root = join(directory, "server");
  await mkdir(root);
  await output("apt-get", ["-qq", "download", "openssh-server", "libwrap0"], { cwd: root });
  for (const name of await readdir(root)) await output("dpkg", ["-x", join(root, name), root]);
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  const library = files.find(({ name }) => name === "libwrap.so.0");
  return { program: join(root, "usr/sbin/sshd"), env: { LD_LIBRARY_PATH: library?.parentPath } };
}

async function startServer() {
  const port = await freePort();
  const file = (name: string) => join(directory, name);
  await writeFile(file("authorized_keys"), await readFile(file("user.pub")));
  const settings = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${file("host")}`,
    `AuthorizedKeysFile ${file("authorized_keys")}`,
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    // The test's folder is below a temporary folder, where others may write.
    "StrictModes no",
    "PidFile none",
    "UsePAM no",
  ];
  await writeFile(file("sshd_config"), settings.join("\n"));
  // sshd needs this folder and a user named sshd. Only sshd itself sees the file with that user.
  await mkdir("/run/sshd", { recursive: true });
  await writeFile(file("passwd"), `${await readFile("/etc/passwd", "utf8")}sshd:x:65533:65534::/run/sshd:/bin/false\n`);
  const { program, env } = await unpackServer();
  const script = 'mount --bind "$1" /etc/passwd && exec "$2" -D -e -f "$3"';
  const args = ["--mount", "sh", "-c", script, "sh", file("passwd"), program, file("sshd_config")];
  const child = spawn("unshare", args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  await until(() => log.includes("Server listening") || child.exitCode !== null);
  expect(log).toContain("Server listening");
  return { port, stop: () => void child.kill() };
}

/** A home folder whose git uses this key, and knows the server's key. */
async function homeWith(key: string): Promise<string> {
  const home = join(directory, `home-of-${key}`);
  await mkdir(home, { recursive: true });
  await chmod(join(directory, key), 0o600);
  const hostKey = await readFile(join(directory, "host.pub"), "utf8");
  await writeFile(join(home, "known_hosts"), `[127.0.0.1]:${server?.port} ${hostKey}`);
  const options = [
    `-i ${join(directory, key)}`,
    "-o IdentitiesOnly=yes",
    `-o UserKnownHostsFile=${join(home, "known_hosts")}`,
  ];
  await writeFile(join(home, ".gitconfig"), `[core]\n\tsshCommand = ssh -F none ${options.join(" ")}\n`);
  return home;
}

async function pullAs(key: string) {
  const url = `ssh://${userInfo().username}@127.0.0.1:${server?.port}${repository.path}`;
  const env = { CORNICE_PKGS_REPO: url, HOME: await homeWith(key) };
  return pullFromSource({ directory: join(directory, `clones-of-${key}`), env, name: "hello" });
}

it("a private repository is read over SSH with the machine's key", async () => {
  const { revision, packages } = await pullAs("user");
  expect(revision).toBe(commit);
  expect(await readFile(packages[0]?.path ?? "", "utf8")).toBe("over SSH\n");
});

it("a key that the server does not know gives a clear error at once", async () => {
  const error = await rejection(pullAs("stranger"));
  expect(error).toMatchObject({
    code: "UNAVAILABLE",
    message: containing("the package source cannot be read"),
  });
  await until(() => log.includes("authenticating user"));
});

/** Nix on another machine: `nix-store --serve` over SSH, with a store of its own. */
async function remoteBuilder(): Promise<{ readonly nixConf: string; readonly path: string }> {
  const file = (name: string) => join(directory, name);
  await homeWith("user");
  const options = `-F none -p ${server?.port} -i ${file("user")} -o UserKnownHostsFile=${join(file("home-of-user"), "known_hosts")}`;
  const store = file("remote-store");
  const settings = "NIX_CONF_DIR=/var/empty NIX_REMOTE=local";
  const serve = `mkdir -p ${store}; mount --bind ${store} /nix; exec nix-store "$@" ${["sandbox false", "build-users-group ''"].map((words) => `--option ${words}`).join(" ")}`;
  await writeTree(directory, {
    "programs/ssh": { program: `#!/bin/sh\nexec /usr/bin/ssh ${options} "$@"\n` },
    "remote-nix": {
      program: `#!/bin/sh\n${settings} exec unshare --mount sh -euc '${serve.replaceAll("'", `'\\''`)}' sh "$@"\n`,
    },
    "nix.conf": `builders = ssh://root@127.0.0.1?remote-program=${file("remote-nix")} ${SYSTEM} - 1\nmax-jobs = 0\n`,
  });
  return { nixConf: file("nix.conf"), path: `${file("programs")}:/usr/bin:/bin` };
}

it("a remote builder of the operator's file for Nix builds", async () => {
  const { nixConf, path } = await remoteBuilder();
  const isolation = createIsolation({
    env: { PATH: path, HOME: directory },
    daemon: { sandbox: false, substituters: "", maxJobs: undefined, nixConf },
    evaluationMib: 4096,
    buildMib: 4096,
    maxFileBytes: 2 ** 33,
  });
  const set = await writeTree(join(directory, "set"), {
    "default.nix": `{ hello = ${derivation("hello", `"${directory}"`)}; }`,
  });
  const env = { CORNICE_PKGS_PATH: set };
  const { packages, log: lines } = await pullFromSource({ directory, env, name: "hello", isolation });
  await isolation.close();
  expect(lines.join("\n")).toContain("on 'ssh://127.0.0.1");
  expect(await readFile(packages[0]?.path ?? "", "utf8")).toBe(`${directory}\n`);
  const remote = join(directory, "remote-store", (packages[0]?.path ?? "").replace("/nix/", ""));
  expect(await readFile(remote, "utf8")).toBe(`${directory}\n`);
});
