import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startNewerContainerd } from "./containerd.ts";
import { type DockerEngine, startDockerEngine, startNewerDockerEngine } from "./docker-engine.ts";
import { createPodman, createRootlessPodman, type Podman } from "./podman.ts";
import { type Registry, startRegistry, temporaryDirectory } from "./registry.ts";

/** An image of the starter set, as people use it in place of a distribution's base image. */
const NAME = "shell/git";
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** The capabilities that containerd gives a container. `ctr` has no name for all of them. */
const CAPABILITIES = [
  "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL",
  "AUDIT_WRITE",
].flatMap((line) => line.split(" "));

interface Engine {
  /** Runs a command in a new container of the image. */
  runContainer(image: string, options: readonly string[], command: readonly string[]): Promise<string>;
  /** Builds the Dockerfile of a folder. Undefined if the engine builds nothing. */
  readonly build?: (context: string, tag: string) => Promise<unknown>;
  stop(): Promise<void>;
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let registry: Registry;
let docker: DockerEngine;
let context: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  registry = await startRegistry({ stateDirectory: join(directory.path, "state") });
  docker = await startDockerEngine();
  context = join(directory.path, "context");
  await mkdir(context);
  // A user of podman reads it too.
  await chmod(directory.path, 0o755);
  await writeFile(join(context, "tool"), "#!/usr/bin/env bash\necho the tool runs\n");
  await chmod(join(context, "tool"), 0o755);
  const lines = [
    `FROM ${registry.host}/${NAME}`,
    "COPY tool /usr/local/bin",
    "RUN tool",
    "RUN echo 'app:x:1000:1000::/home/app:/bin/sh' >>/etc/passwd && mkdir /home/app && chown 1000:1000 /home/app",
    "USER app",
    "RUN git config --global user.name App",
    'CMD ["bash", "-c", "tool; echo $HOME; git config --global user.name"]',
  ];
  await writeFile(join(context, "Dockerfile"), lines.join("\n"));
});

afterAll(async () => {
  await docker.stop();
  await registry.stop();
  await directory[Symbol.asyncDispose]();
});

function ofDocker(engine: DockerEngine): Engine {
  return {
    runContainer: (image, options, command) =>
      engine.docker("run", "--rm", "--network", "none", ...options, image, ...command),
    build: (folder, tag) => engine.docker("build", "--network", "none", "--tag", tag, folder),
    stop: () => engine.stop(),
  };
}

async function ofPodman(podman: Podman): Promise<Engine> {
  const { code, stderr } = await podman.pull(`${registry.host}/${NAME}`);
  if (code !== 0) throw new Error(stderr);
  return {
    runContainer: (...call) => podman.runContainer(...call),
    build: (folder, tag) => podman.build(folder, tag),
    stop: () => podman.remove(),
  };
}

async function ofContainerd(): Promise<Engine> {
  const containerd = await startNewerContainerd();
  const { code, stderr } = await containerd.pull(`${registry.host}/${NAME}:latest`);
  if (code !== 0) throw new Error(stderr);
  return {
    // `ctr` knows no default tag.
    runContainer: (image, ...rest) => containerd.runContainer(`${image}:latest`, ...rest),
    stop: () => containerd.stop(),
  };
}

const ALL_CAPABILITIES = ["--cap-drop", "ALL"];
const EACH_CAPABILITY = CAPABILITIES.flatMap((name) => ["--cap-drop", `CAP_${name}`]);
const ENGINES: [name: string, start: () => Promise<Engine>, noCapabilities: string[]][] = [
  ["Docker, with its own store", async () => ({ ...ofDocker(docker), stop: async () => {} }), ALL_CAPABILITIES],
  ["Docker, with containerd's store", async () => ofDocker(await startNewerDockerEngine()), ALL_CAPABILITIES],
  ["podman as root", async () => ofPodman(await createPodman()), ALL_CAPABILITIES],
  ["rootless podman", async () => ofPodman(await createRootlessPodman()), ALL_CAPABILITIES],
  ["containerd", ofContainerd, EACH_CAPABILITY],
];

describe.each(ENGINES)("%s runs a container", (_name, start, noCapabilities) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await start();
  });

  afterAll(() => engine.stop());

  it.each([
    ["as root by default", [], "root /root"],
    ["as nobody", ["--user", "nobody"], "nobody /var/empty"],
    ["as an unknown user", ["--user", "12345:12345"], "12345 /"],
    ["with a read-only root", ["--read-only"], "root /root"],
    ["without capabilities", noCapabilities, "root /root"],
  ])("%s", async (_title, options, who) => {
    const script = 'echo "$(id -un 2>/dev/null || :) $HOME"; echo "$PATH"; git --version >/dev/null; echo works';
    const printed = await engine.runContainer(`${registry.host}/${NAME}`, options, ["bash", "-ec", script]);
    expect(printed.split("\n")).toEqual([who, DEFAULT_PATH, "works", ""]);
  });

  it("of a Dockerfile that copies a program, adds a user, and works as that user", async () => {
    if (!engine.build) return;
    await engine.build(context, "derived");
    expect(await engine.runContainer("derived", [], [])).toBe("the tool runs\n/home/app\nApp\n");
  });
});

/** Runs a script in a container of the image. */
function run(script: string): Promise<string> {
  const image = `${registry.host}/${NAME}`;
  return docker.docker("run", "--rm", "--network", "none", image, "bash", "-ec", script);
}

it("a daemon can write where daemons write", async () => {
  const files = [
    "/run/d.pid",
    "/var/run/e.pid",
    "/var/log/d.log",
    "/var/cache/d",
    "/var/lib/d",
    "/var/spool/d",
    "/srv/d",
  ];
  const script = `for file in ${files.join(" ")}; do echo text >"$file"; done; cat /run/e.pid; stat -c %a / /tmp /run`;
  expect(await run(script)).toBe("text\n755\n1777\n755\n");
});

it("CI systems find the programs that they start by their path", async () => {
  const programs = ["/bin/sh -c :", "/bin/bash -c :", "/bin/sleep 0", "/usr/bin/mkfifo /tmp/f", "/usr/bin/env true"];
  const script = `${programs.join("; ")}; /bin/echo text >/tmp/t; /bin/cat /tmp/t; /usr/bin/tail -n 1 /tmp/t`;
  expect(await run(script)).toBe("text\ntext\n");
});

it("a script learns from /etc/os-release that this is no distribution that it knows", async () => {
  const script = '. /etc/os-release; echo "$ID, $NAME, $PRETTY_NAME, ${VERSION_ID-no version}"';
  expect(await run(script)).toBe("cornice, Cornice, Cornice image, no version\n");
});

it("a label tells Docker which images it must not prune, although they seem to be old", async () => {
  const image = `${registry.host}/${NAME}:latest`;
  const prune = (...filters: readonly string[]) =>
    docker.docker("image", "prune", "--all", "--force", ...filters.flatMap((filter) => ["--filter", filter]));
  await docker.docker("pull", "--quiet", image);
  await prune("until=24h", "label!=cornice.image");
  expect(await docker.docker("image", "ls", "--quiet", image)).not.toBe("");
  expect(await prune("until=24h")).toContain(`untagged: ${image}`);
  await docker.docker("pull", "--quiet", image);
  expect(await prune("label=cornice.image")).toContain(`untagged: ${image}`);
});
