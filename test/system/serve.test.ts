import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../start/machine/ports.ts";
import { listAt, memberAt, objectOf, textAt } from "../json.ts";
import { containing } from "../matchers.ts";
import { type DockerEngine, startDockerEngine } from "./docker-engine.ts";
import { descendantWith, processesWith, run } from "./program.ts";
import type { Proxy } from "./proxy.ts";
import type { Registry } from "./registry.ts";
import { ask, createMachine, type Machine, open, PASSWORD, USER } from "./served.ts";
import { startTlsCaddy, startTlsNginx } from "./tls-proxy.ts";

/** A minute has 30 passwords for each address, and an attempt may fall into the next minute. */
const ATTEMPTS = 61;
const MAX_STOP_MS = 20_000;
const TEMPORARY_REDIRECT = 307;

let machine: Machine;
let registry: Registry;
let engine: DockerEngine;
/** The public URL. */
let site: string;

// A start takes seconds, so the tests share one registry. The last tests end it, and start it again.
beforeAll(async () => {
  machine = await createMachine();
  site = `https://127.0.0.1:${machine.proxyPort}`;
  [registry, engine] = await Promise.all([machine.serve({ CORNICE_LOG_FORMAT: "json" }), startDockerEngine()]);
});

afterAll(async () => {
  await Promise.all([registry.stop(), engine.stop()]);
  await machine.remove();
});

/** A token is for one host name. */
async function asUser(name: string): Promise<{ readonly headers: Record<string, string> }> {
  const host = { Host: `127.0.0.1:${machine.proxyPort}` };
  const credentials = Buffer.from(`${USER}:${PASSWORD}`).toString("base64");
  const url = `http://${machine.upstream}/token?service=x&scope=repository:${name}:pull`;
  const { body } = await ask(url, { headers: { ...host, Authorization: `Basic ${credentials}` } });
  return { headers: { ...host, Authorization: `Bearer ${textAt(objectOf(body), "token")}` } };
}

/** Asks without a proxy. While the image is built, the Worker redirects. */
async function manifestOf(name: string): Promise<string> {
  const url = `http://${machine.upstream}/v2/${name}/manifests/latest`;
  for (;;) {
    const { status, body, headers } = await ask(url, await asUser(name));
    if (status === 200) return body;
    expect([status, headers["location"]], body).toEqual([TEMPORARY_REDIRECT, containing(`/v2/${name}/`)]);
  }
}

async function largestLayer(name: string): Promise<unknown> {
  const layers = listAt(objectOf(await manifestOf(name)), "layers");
  return layers.toSorted((a, b) => Number(memberAt(b, "size")) - Number(memberAt(a, "size")))[0];
}

describe.each([
  ["nginx", 1, startTlsNginx],
  ["Caddy", 2, startTlsCaddy],
] as const)("behind %s with TLS, cornice serve", (name, network, startProxy) => {
  let proxy: Proxy;

  beforeAll(async () => {
    proxy = await startProxy({ ...machine, port: machine.proxyPort });
  });

  afterAll(() => proxy.stop());

  function copy(image: string, password: string) {
    const source = ["--src-cert-dir", join(machine.directory, "tls"), "--src-creds", `${USER}:${password}`];
    const target = join(machine.directory, `${name}-${image}`);
    return run("skopeo", ["copy", ...source, `docker://127.0.0.1:${machine.proxyPort}/${image}`, `dir:${target}`]);
  }

  it("gives images to users alone", async () => {
    expect(await copy("small", PASSWORD)).toMatchObject({ code: 0 });
    expect(await copy("small", "wrong")).toMatchObject({ stderr: containing("password is wrong") });
    const stranger = await ask(`${site}/v2/small/manifests/latest`);
    expect([stranger.status, stranger.headers["www-authenticate"]]).toEqual([401, containing(`realm="${site}/token"`)]);
  });

  it("lets a Docker Engine log in and pull", async () => {
    // The engine takes any certificate from loopback.
    const host = `127.0.0.1:${machine.proxyPort}`;
    await engine.docker("login", "-u", USER, "-p", PASSWORD, host);
    await engine.docker("pull", `${host}/small`);
    await engine.docker("logout", host);
    expect(await engine.tryDocker("pull", `${host}/small`)).toMatchObject({ code: 1, stderr: containing("log in") });
  });

  it("sends large layers whole, and parts of them", async () => {
    const digest = textAt(await largestLayer("big"), "digest");
    const { headers } = await asUser("big");
    const url = `${site}/v2/big/blobs/${digest}`;
    const bytes = await buffer(await open(url, { headers }));
    expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(digest);
    const part = await open(url, { headers: { ...headers, Range: "bytes=10-19" } });
    expect([part.statusCode, await buffer(part)]).toEqual([206, bytes.subarray(10, 20)]);
  });

  it("counts each client by its own address, which the client cannot choose", async () => {
    const wrong = { Authorization: `Basic ${Buffer.from(`${USER}:wrong`).toString("base64")}` };
    const attempt = async (url: string, client: number, claimed: string) => {
      const claims = { "X-Forwarded-For": claimed, "CF-Connecting-IP": claimed, "MF-CF-Blob": "{}" };
      const localAddress = `127.0.${network}.${client}`;
      return (await ask(`${url}/token?service=x`, { headers: { ...wrong, ...claims }, localAddress })).status;
    };
    for (const [client, url] of [site, `http://${machine.upstream}`].entries()) {
      const statuses = new Set<number | undefined>();
      for (let count = 0; count < ATTEMPTS && !statuses.has(429); count++)
        statuses.add(await attempt(url, client + 1, `192.0.2.${count}`));
      expect([...statuses], url).toEqual([401, 429]);
      expect(await attempt(url, client + 11, "192.0.2.1"), url).toBe(401);
    }
  });
});

describe("cornice serve", () => {
  it("listens on other addresses, and has no path for development", async () => {
    const port = machine.upstream.split(":")[1];
    expect((await ask(`http://127.0.0.9:${port}/v2/`)).status).toBe(401);
    const paths = ["", "local/explorer/", "local/r2/public/cornice/x", "local/r2/s3/cornice/x", "local/scheduled"];
    for (const path of paths) expect((await ask(`http://${machine.upstream}/cdn-cgi/${path}`)).status, path).toBe(404);
    expect((await ask(`${registry.originUrl}/readyz`)).body).toBe("ready");
  });

  it("writes its log as JSON, and its secrets for nobody else", async () => {
    for (const line of registry.log().trim().split("\n")) expect(objectOf(line), line).toHaveProperty("message");
    for (const file of ["secrets.json", "signing-key.pem", "stores.json", "origin.env", "wrangler.json"])
      expect(((await stat(join(machine.directory, "state", file))).mode & 0o777).toString(8), file).toBe("600");
    const settings = await readFile(join(machine.directory, "state/origin.env"), "utf8");
    expect(settings).toMatch(/^R2_ENDPOINT=http:\/\/127\.0\.0\.1:\d+\S+$/m);
  });

  it.each([
    ["the Worker's runtime", "workerd", "exit code 1); starting it again in 1 s"],
    // The runtime goes with it. Otherwise it would keep the ports.
    ["the process that started the runtime", "start/edge.ts", "SIGKILL); starting it again in 2 s"],
  ])("starts %s again when it dies", async (_, program, line) => {
    process.kill((await descendantWith(registry.process.pid, program)) ?? 0, "SIGKILL");
    await registry.logged(`the registry ended (${line}`);
    const answers = () =>
      manifestOf("small").then(
        () => true,
        () => false,
      );
    await expect.poll(answers, { timeout: 20_000, interval: 200 }).toBe(true);
  });

  it("lets a build and a pull of a layer end after SIGTERM", async () => {
    const layer = await largestLayer("big");
    const answer = await open(
      `http://${machine.upstream}/v2/big/blobs/${textAt(layer, "digest")}`,
      await asUser("big"),
    );
    answer.pause();
    const gated = manifestOf("gated");
    await registry.logged("building 'gated.drv'");
    registry.process.kill("SIGTERM");
    const ended = once(registry.process, "close", { signal: AbortSignal.timeout(MAX_STOP_MS) });
    await registry.logged("no new builds");
    await machine.openGate();
    expect(objectOf(await gated)).toHaveProperty("layers");
    // The registry answers until the builds are done.
    const answers = () =>
      ask(`http://${machine.upstream}/v2/`, { signal: AbortSignal.timeout(500) }).then(
        () => true,
        () => false,
      );
    await expect.poll(answers, { timeout: 10_000 }).toBe(false);
    expect((await buffer(answer)).length).toBe(memberAt(layer, "size"));
    expect(await ended).toEqual([0, null]);
    expect(await processesWith(join(machine.directory, "state"))).toEqual([]);
  });

  it("serves after a restart what was pulled before, without a build", async () => {
    registry = await machine.serve();
    expect(objectOf(await manifestOf("gated"))).toHaveProperty("layers");
    expect(registry.log()).not.toContain("built in");
  });

  it.each(["SIGHUP", "SIGTERM", "SIGKILL"] as const)(
    "leaves no process behind if it gets %s during its start",
    async (signal) => {
      const state = join(machine.directory, signal);
      const ports = { CORNICE_PORT: String(await freePort()), CORNICE_ORIGIN_PORT: String(await freePort()) };
      const starting = await machine.launch({ ...ports, CORNICE_STATE_DIR: state });
      const edge = () => descendantWith(starting.process.pid, "start/edge.ts");
      await expect.poll(edge, { timeout: 20_000, interval: 20 }).toBeDefined();
      starting.process.kill(signal);
      await once(starting.process, "close");
      // The parts of a killed one end by themselves.
      if (signal === "SIGKILL") await expect.poll(() => processesWith(state), { timeout: 10_000 }).toEqual([]);
      expect(await processesWith(state)).toEqual([]);
      expect(starting.log()).toBe("");
    },
  );

  it("refuses a second registry with the same state", async () => {
    const second = await machine.launch({ CORNICE_PORT: String(await freePort()) });
    expect(await once(second.process, "close")).toEqual([1, null]);
    expect(second.log()).toMatch(/^cornice: a registry already runs with \S+; stop it, or name another folder.*\n$/);
  });

  it("refuses, in one line, to serve everybody without the operator's word", async () => {
    const refused = await machine.launch({ CORNICE_AUTH: "", CORNICE_USERS: "" });
    expect(await once(refused.process, "close")).toEqual([1, null]);
    expect(refused.log()).toMatch(/^cornice: CORNICE_LISTEN is 0\.0\.0\.0, and everybody who reaches it.*\n$/);
  });
});
