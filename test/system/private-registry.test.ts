import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { listAt, memberAt, objectOf } from "../json.ts";
import { anyOf, containing } from "../matchers.ts";
import { removeFolder } from "../remove-folder.ts";
import { type Containerd, startContainerd } from "./containerd.ts";
import { type DockerEngine, startDockerEngine } from "./docker-engine.ts";
import { createPodman, type Podman } from "./podman.ts";
import { type Outcome, output, run } from "./program.ts";
import { LISTED, type Registry, REPOSITORY, startRegistry, testPackages } from "./registry.ts";

const PASSWORD = "Zwölf Affen: $PATH";
const ALICE = `Basic ${Buffer.from(`alice:${PASSWORD}`).toString("base64")}`;

/** How long a test waits for the list of packages. */
const LIST_WAIT = { timeout: 300_000, interval: 500 };

let directory: string;
let users: string;
let engine: DockerEngine;
let containerd: Containerd;
let podman: Podman;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-private-"));
  users = await usersOf("alice");
  engine = await startDockerEngine();
  containerd = await startContainerd();
  podman = await createPodman();
});

afterAll(async () => {
  await podman.remove();
  await containerd.stop();
  await engine.stop();
  await removeFolder(directory);
});

/** The value of `USERS` that `npm run password` prints for a user with `PASSWORD`. */
async function usersOf(name: string): Promise<string> {
  const script = 'printf "%s\\n" "$1" | "$2" start/password.ts --stdin "$3"';
  const printed = await output("/bin/sh", ["-c", script, "sh", PASSWORD, process.execPath, name], { cwd: REPOSITORY });
  return printed.replace(/^USERS\s+/, "").trim();
}

/** If a registry asks for basic authentication, Docker's classic store sends no request without a password. */
const FOR_STRANGERS = {
  basic: [
    ["hello", "no basic auth credentials"],
    ["world", "no basic auth credentials"],
  ],
  token: [
    ["hello", ""],
    ["world", "this image is not public; log in to pull it"],
  ],
} as const;

/** `hello` is public, `world` is private. */
describe.each(["basic", "token"] as const)("AUTH=%s", (scheme) => {
  let registry: Registry;

  beforeAll(async () => {
    const folder = join(directory, scheme);
    await mkdir(folder);
    const access = { CORNICE_AUTH: scheme, CORNICE_USERS: users, CORNICE_PUBLIC: "hello", CORNICE_CATALOG: "true" };
    const packages = await testPackages(folder, randomUUID());
    registry = await startRegistry({
      stateDirectory: join(folder, "state"),
      env: { ...packages, ...LISTED, ...access },
    });
  });

  afterAll(() => registry.stop());

  function skopeo(command: string, name: string, ...options: readonly string[]): Promise<Outcome> {
    return run("skopeo", [command, "--tls-verify=false", ...options, `docker://${registry.host}/${name}`]);
  }

  function copy(name: string, ...options: readonly string[]): Promise<Outcome> {
    const target = `oci:${join(directory, scheme, randomUUID())}`;
    return run("skopeo", ["copy", "--src-tls-verify=false", ...options, `docker://${registry.host}/${name}`, target]);
  }

  it("shows a browser how to log in, and tells strangers nothing of the source", async () => {
    const site = `http://${registry.host}`;
    const page = await fetch(`${site}/images/world`, { headers: { Accept: "text/html" } });
    expect([page.status, page.headers.get("WWW-Authenticate")]).toEqual([401, containing("Basic ")]);
    expect(await page.text()).toContain("<h1>Log in to see this</h1>");
    expect(await (await fetch(`${site}/api/registry`)).json()).not.toHaveProperty("source");
    const headers = { Authorization: ALICE };
    expect((await fetch(`${site}/login`, { headers, redirect: "manual" })).status).toBe(303);
    expect(await (await fetch(`${site}/api/registry`, { headers })).json()).toHaveProperty("source");
  });

  it("lets guests search the packages that are public", async () => {
    const search = (headers: Record<string, string> = {}) => fetch(`http://${registry.host}/api/packages`, { headers });
    // The list of packages is made in the background.
    const all = await vi.waitFor(async () => {
      const response = await search({ Authorization: ALICE });
      expect(response.status).toBe(200);
      return response.text();
    }, LIST_WAIT);
    const names = (text: string) => listAt(objectOf(text), "packages").map((row) => memberAt(row, 0));
    expect(names(all)).toEqual(expect.arrayContaining(["hello", "world"]));
    const found = await (await search()).text();
    expect(names(found)).toEqual(["hello"]);
    expect(Object.keys(objectOf(found))).toEqual(["packages"]);
  });

  describe("skopeo", () => {
    it("copies a private image for a user", async () => {
      expect(await copy("world", "--src-creds", `alice:${PASSWORD}`)).toMatchObject({ code: 0 });
    });

    it.each([
      ["without credentials", []],
      ["with a wrong password", ["--src-creds", "alice:wrong"]],
      ["for somebody unknown", ["--src-creds", `bob:${PASSWORD}`]],
    ])("refuses to do so %s", async (_, options) => {
      const { code, stderr } = await copy("world", ...options);
      expect(code).not.toBe(0);
      expect(stderr).toContain(options.length === 0 ? "not public; log in to pull it" : "password is wrong");
    });

    it("copies a public image without credentials, but not together with a private package", async () => {
      expect(await copy("hello")).toMatchObject({ code: 0 });
      expect((await copy("hello/world")).code).not.toBe(0);
    });

    it("inspects an image and lists its tags", async () => {
      const inspected = await skopeo("inspect", "world", "--creds", `alice:${PASSWORD}`);
      expect(JSON.parse(inspected.stdout)).toMatchObject({ RepoTags: ["latest"], Architecture: anyOf(String) });
      const listed = await skopeo("list-tags", "world", "--creds", `alice:${PASSWORD}`);
      expect(JSON.parse(listed.stdout)).toMatchObject({ Tags: ["latest"] });
      expect(await skopeo("inspect", "hello")).toMatchObject({ code: 0 });
    });
  });

  describe("containerd", () => {
    it.each([
      ["hello", undefined, 0, ""],
      ["world", `alice:${PASSWORD}`, 0, ""],
      ["world", undefined, 1, "401 this image is not public; log in to pull it"],
      ["world", "alice:wrong", 1, "401 user name or password is wrong"],
    ])("pulling %s as %s ends with %s", async (name, credentials, code, message) => {
      const outcome = await containerd.pull(`${registry.host}/${name}:latest`, credentials);
      expect(outcome).toMatchObject({ code, stderr: containing(message) });
    });
  });

  it("tells containerd why a build failed, and where its log is, in the one line that containerd prints", async () => {
    const { code, stderr } = await containerd.pull(`${registry.host}/failing:latest`, `alice:${PASSWORD}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /: 403 building failing failed: builder for failing-1\.2 failed with exit code 3: the compiler is/,
    );
    const [page = ""] = /http:\/\/[^ ]+\/builds\/[0-9a-f]{64}(?![0-9a-f])/.exec(stderr) ?? [];
    const headers = { Authorization: ALICE };
    expect((await fetch(page, { headers })).status).toBe(200);
  });

  describe("podman", () => {
    it.each([
      ["hello", undefined, 0, ""],
      ["world", `alice:${PASSWORD}`, 0, ""],
      ["world", undefined, 125, "this image is not public; log in to pull it"],
      ["world", "alice:wrong", 125, "user name or password is wrong"],
    ])("pulling %s as %s ends with %s", async (name, credentials, code, message) => {
      const outcome = await podman.pull(`${registry.host}/${name}:latest`, credentials);
      expect(outcome).toMatchObject({ code, stderr: containing(message) });
    });

    it("has the registry's layers, unpacked", async () => {
      const inspected = await skopeo("inspect", "hello", "--config", "--raw");
      const diffIds = listAt(JSON.parse(inspected.stdout), "rootfs", "diff_ids");
      expect(await podman.layers(`${registry.host}/hello:latest`)).toEqual(diffIds);
    });
  });

  describe("a Docker Engine", () => {
    it("pulls only public images before a login, and says why", async () => {
      for (const [name, refusal] of FOR_STRANGERS[scheme]) {
        const { code, stderr } = await engine.tryDocker("pull", `${registry.host}/${name}`);
        expect([code === 0, stderr]).toEqual([refusal === "", containing(refusal)]);
      }
    });

    it("refuses to log in with a wrong password", async () => {
      const { code } = await engine.tryDocker("login", "-u", "alice", "-p", "wrong", registry.host);
      expect(code).not.toBe(0);
    });

    it("pulls a private image for a user who logged in, and public ones as before", async () => {
      await engine.docker("login", "-u", "alice", "-p", PASSWORD, registry.host);
      await engine.docker("pull", `${registry.host}/world`);
      await engine.docker("pull", `${registry.host}/hello`);
    });
  });
});
