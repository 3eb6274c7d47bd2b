import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listAt, memberAt, objectOf, textAt } from "../json.ts";
import { containing } from "../matchers.ts";
import { type DockerEngine, startDockerEngine } from "./docker-engine.ts";
import { descendantWith, output, processesWith, run } from "./program.ts";
import type { Proxy } from "./proxy.ts";
import type { Registry } from "./registry.ts";
import { ask, createMachine, type Machine, open, PASSWORD, USER } from "./served.ts";
import { startTlsCaddy, startTlsNginx } from "./tls-proxy.ts";

/** A minute has this many passwords for each address, and an attempt may fall into the next minute. */
const ATTEMPTS = 61;
const MAX_STOP_MS = 20_000;

let machine: Machine;
let site: string;

beforeAll(async () => {
  machine = await createMachine();
  site = `https://127.0.0.1:${machine.proxyPort}`;
});

afterAll(() => machine.remove());

async function token(name: string): Promise<string> {
  const credentials = Buffer.from(`${USER}:${PASSWORD}`).toString("base64");
  const url = `http://${machine.upstream}/token?service=x&scope=repository:${name}:pull`;
  // A token is for one host.
  const headers = { Authorization: `Basic ${credentials}`, Host: `127.0.0.1:${machine.proxyPort}` };
  return textAt(objectOf((await ask(url, { headers })).body), "token");
}

async function asUser(name: string): Promise<{ readonly headers: Record<string, string> }> {
  return { headers: { Authorization: `Bearer ${await token(name)}`, Host: `127.0.0.1:${machine.proxyPort}` } };
}

async function manifestOf(name: string): Promise<string> {
  const { status, body } = await ask(`http://${machine.upstream}/v2/${name}/manifests/latest`, await asUser(name));
  expect(status, body).toBe(200);
  return body;
}

describe.each([
  ["nginx", startTlsNginx],
  ["Caddy", startTlsCaddy],
] as const)("behind %s with TLS, cornice serve", (name, startProxy) => {
  let registry: Registry;
  let proxy: Proxy;

  beforeAll(async () => {
    registry = await machine.serve();
    proxy = await startProxy({ ...machine, port: machine.proxyPort });
  });

  afterAll(async () => {
    await proxy.stop();
    await registry.stop();
  });

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

  it("sends large layers whole, and parts of them", async () => {
    const layers = listAt(objectOf(await manifestOf("big")), "layers").map((layer) => textAt(layer, "digest"));
    const { headers } = await asUser("big");
    for (const digest of layers) {
      const url = `${site}/v2/big/blobs/${digest}`;
      const bytes = await buffer(await open(url, { headers }));
      expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(digest);
      const part = await open(url, { headers: { ...headers, Range: "bytes=10-19" } });
      expect([part.statusCode, await buffer(part)]).toEqual([206, bytes.subarray(10, 20)]);
    }
  });

  it("counts each client by its own address, which the client cannot choose", async () => {
    const wrong = { Authorization: `Basic ${Buffer.from(`${USER}:wrong`).toString("base64")}` };
    // The last digits keep apart what the two proxies count.
    const attempt = async (url: string, client: number, claimed: string) => {
      const headers = { ...wrong, "X-Forwarded-For": claimed, "CF-Connecting-IP": claimed, "MF-CF-Blob": "{}" };
      const localAddress = `127.0.${name === "nginx" ? 1 : 2}.${client}`;
      return (await ask(`${url}/token?service=x`, { headers, localAddress })).status;
    };
    for (const [client, url] of [`${site}`, `http://${machine.upstream}`].entries()) {
      const statuses = new Set<number | undefined>();
      for (let count = 0; count < ATTEMPTS; count++) statuses.add(await attempt(url, client + 1, `192.0.2.${count}`));
      expect([...statuses], url).toEqual([401, 429]);
      expect(await attempt(url, client + 11, "192.0.2.1"), url).toBe(401);
    }
  });
});

describe("cornice serve", () => {
  let registry: Registry;

  beforeEach(async () => {
    registry = await machine.serve({ CORNICE_LOG_FORMAT: "json" });
  });

  afterEach(() => registry.stop());

  async function endOnSigterm(): Promise<void> {
    registry.process.kill("SIGTERM");
    const [code] = await once(registry.process, "close", { signal: AbortSignal.timeout(MAX_STOP_MS) });
    expect(code).toBe(0);
    expect(await processesWith(join(machine.directory, "state"))).toEqual([]);
  }

  it("serves what was pulled before a restart, without a build", async () => {
    const manifest = await manifestOf("small");
    await endOnSigterm();
    registry = await machine.serve();
    expect(await manifestOf("small")).toBe(manifest);
    expect(registry.log()).not.toContain("built in");
  });

  it("lets a build and a pull of a layer end after SIGTERM", async () => {
    const layers = listAt(objectOf(await manifestOf("big")), "layers");
    const largest = layers.toSorted((a, b) => Number(memberAt(b, "size")) - Number(memberAt(a, "size")))[0];
    const url = `http://${machine.upstream}/v2/big/blobs/${textAt(largest, "digest")}`;
    const layer = await open(url, await asUser("big"));
    layer.pause();
    const gated = open(`http://${machine.upstream}/v2/gated/manifests/latest`, await asUser("gated"));
    await registry.logged("building 'gated.drv'");
    const ended = endOnSigterm();
    await registry.logged("no new builds");
    await machine.openGate();
    // After a second, the Worker redirects the client to the same address. The registry still takes this request.
    const response = await gated;
    expect([200, 307]).toContain(response.statusCode);
    if (response.statusCode === 307) expect(JSON.parse(await manifestOf("gated"))).toHaveProperty("layers");
    // The registry's port closes only when the builds are done.
    await expect
      .poll(() =>
        ask(`http://${machine.upstream}/v2/`).then(
          () => "open",
          () => "closed",
        ),
      )
      .toBe("closed");
    const bytes = await buffer(layer);
    expect(bytes.length).toBe(memberAt(largest, "size"));
    await ended;
  });

  it("listens on other addresses, and has no path for development", async () => {
    const port = machine.upstream.split(":")[1];
    expect((await ask(`http://127.0.0.9:${port}/v2/`)).status).toBe(401);
    const paths = ["", "local/explorer/", "local/r2/public/cornice/x", "local/r2/s3/cornice/x", "local/scheduled"];
    for (const path of paths) expect((await ask(`http://${machine.upstream}/cdn-cgi/${path}`)).status, path).toBe(404);
    expect((await ask(`${registry.originUrl}/readyz`)).body).toBe("ready");
  });

  it("starts the Worker's runtime again when it dies", async () => {
    await manifestOf("small");
    process.kill((await descendantWith(registry.process.pid, "workerd")) ?? 0, "SIGKILL");
    await registry.logged("the registry ended (exit code 1); starting it again in 1 s");
    const answers = () =>
      manifestOf("small").then(
        () => true,
        () => false,
      );
    await expect.poll(answers, { timeout: 15_000, interval: 200 }).toBe(true);
  });

  it("writes its log as JSON, and its secrets for nobody else", async () => {
    await manifestOf("small");
    for (const line of registry.log().trim().split("\n")) expect(objectOf(line), line).toHaveProperty("message");
    for (const file of ["secrets.json", "signing-key.pem", "stores.json", "stores.env", "wrangler.json"])
      expect(((await stat(join(machine.directory, "state", file))).mode & 0o777).toString(8), file).toBe("600");
    const settings = await readFile(join(machine.directory, "state/stores.env"), "utf8");
    expect(settings).toMatch(/^R2_ENDPOINT=http:\/\/127\.0\.0\.1:\d+\S+$/m);
  });

  it("lets a Docker Engine log in and pull", async () => {
    const [proxy, engine] = await Promise.all([
      startTlsNginx({ ...machine, port: machine.proxyPort }),
      startDockerEngine(),
    ]);
    try {
      await pullWith(engine);
    } finally {
      await Promise.all([proxy.stop(), engine.stop()]);
    }
  });

  async function pullWith({ docker, tryDocker }: DockerEngine): Promise<void> {
    // The engine takes any certificate from loopback.
    const image = `127.0.0.1:${machine.proxyPort}/small`;
    expect(await tryDocker("pull", image)).toMatchObject({ code: 1, stderr: containing("log in to pull it") });
    await docker("login", "-u", USER, "-p", PASSWORD, `127.0.0.1:${machine.proxyPort}`);
    await docker("pull", image);
    expect(await docker("image", "inspect", "--format", "{{.Os}}", image)).toBe("linux\n");
  }
});

describe("cornice serve refuses, in one line and with exit code 1,", () => {
  it.each([
    ["an address for everybody without a word", { CORNICE_AUTH: "", CORNICE_USERS: "" }, "everybody who reaches it"],
    ["to be without a public URL", { CORNICE_REGISTRY_URL: "" }, "CORNICE_REGISTRY_URL is not set"],
    ["an address of another machine", { CORNICE_LISTEN: "192.0.2.77" }, "this machine does not have the address"],
  ])("%s", async (_, settings, message) => {
    const registry = await machine.launch(settings);
    const [code] = await once(registry.process, "close");
    expect([code, registry.log()]).toEqual([1, containing(message)]);
  });

  it("settings as arguments", async () => {
    await expect(output("bin/cornice", ["serve", "--port=80"])).rejects.toThrow("Unknown option '--port'");
  });
});
