import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DockerEngine, startDockerEngine } from "./docker-engine.ts";
import { type Registry, startRegistry, temporaryDirectory } from "./registry.ts";

/** An image of the starter set, as people use it in place of a distribution's base image. */
const NAME = "shell/git";
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let registry: Registry;
let engine: DockerEngine;

beforeAll(async () => {
  directory = await temporaryDirectory();
  registry = await startRegistry({ stateDirectory: join(directory.path, "state") });
  engine = await startDockerEngine();
});

afterAll(async () => {
  await engine.stop();
  await registry.stop();
  await directory[Symbol.asyncDispose]();
});

/** Runs a script in a container of the image. */
function run(script: string, ...options: readonly string[]): Promise<string> {
  const image = `${registry.host}/${NAME}`;
  return engine.docker("run", "--rm", "--network", "none", ...options, image, "bash", "-ec", script);
}

describe("a container runs", () => {
  it.each([
    ["as root by default", [], "root /root"],
    ["as nobody", ["--user", "nobody"], "nobody /var/empty"],
    ["as an unknown user", ["--user", "12345:12345"], "12345 /"],
    ["with a read-only root", ["--read-only"], "root /root"],
    ["without capabilities", ["--cap-drop", "ALL"], "root /root"],
  ])("%s", async (_, options, who) => {
    const script = 'echo "$(id -un 2>/dev/null || :) $HOME"; echo "$PATH"; git --version >/dev/null; echo works';
    expect((await run(script, ...options)).split("\n")).toEqual([who, DEFAULT_PATH, "works", ""]);
  });
});

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

it("a Dockerfile can copy programs, add a user, and work as that user", async () => {
  const context = join(directory.path, "context");
  await mkdir(context);
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
  await engine.docker("build", "--network", "none", "--tag", "derived", context);
  const printed = await engine.docker("run", "--rm", "--network", "none", "derived");
  expect(printed).toBe("the tool runs\n/home/app\nApp\n");
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
    engine.docker("image", "prune", "--all", "--force", ...filters.flatMap((filter) => ["--filter", filter]));
  await engine.docker("pull", "--quiet", image);
  await prune("until=24h", "label!=cornice.image");
  expect(await engine.docker("image", "ls", "--quiet", image)).not.toBe("");
  expect(await prune("until=24h")).toContain(`untagged: ${image}`);
  await engine.docker("pull", "--quiet", image);
  expect(await prune("label=cornice.image")).toContain(`untagged: ${image}`);
});
