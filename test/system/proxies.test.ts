import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { freePort } from "../../start/machine/ports.ts";
import { containing } from "../matchers.ts";
import { removeFolder } from "../remove-folder.ts";
import { type LocalDeployment, startDeployment } from "./local-deployment.ts";
import { type OriginProcess, startOrigin } from "./origin-process.ts";
import { type Proxy, startCaddy, startNginx } from "./proxy.ts";
import { SYSTEM } from "./source-pull.ts";

// A client reaches the Worker through nginx, and the Worker reaches the origin through nginx.
let directory: string;
let originPort: number;
let worker: LocalDeployment;
let origin: OriginProcess;
/** Before the Worker, and before the origin. */
let entrance: Proxy;
let inner: Proxy;
let caddy: Proxy;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-proxies-"));
  // Nix's builders look for files in it.
  await chmod(directory, 0o755);
  await writeFile(join(directory, "set.nix"), `{ ${NAMES.map((name) => `${name} = ${gated(name)};`).join("\n")} }`);
  originPort = await freePort();
  const originUrl = `http://127.0.0.1:${originPort}`;
  inner = await startNginx("origin", directory, originUrl);
  caddy = await startCaddy(directory, originUrl);
  worker = await startDeployment(join(directory, "state"), { ORIGIN_URL: inner.url, MANIFEST_HOLD: "1" });
  entrance = await startNginx("registry", directory, worker.url);
});

afterEach(() => origin.kill());

afterAll(async () => {
  await Promise.all([entrance, inner, caddy].map((proxy) => proxy.stop()));
  await worker.stop();
  await removeFolder(directory);
});

const NAMES = ["nginx", "caddy", "live", "finished", "stopped", "refused", "late"];

/** A package whose build goes on until `open` lets it end. */
function gated(name: string): string {
  const script = `while ! [ -e ${directory}/${name}.open ]; do sleep 0.1; done; echo ${randomUUID()} > $out`;
  const builder = `builder = "/bin/sh"; args = [ "-c" ${JSON.stringify(script)} ]; PATH = "/usr/bin:/bin";`;
  return `derivation { name = "${name}"; system = "${SYSTEM}"; ${builder} }`;
}

function open(name: string): Promise<void> {
  return writeFile(join(directory, `${name}.open`), "");
}

async function start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
  origin = await startOrigin({
    ...worker.env,
    CORNICE_ORIGIN_PORT: String(originPort),
    CORNICE_PKGS_PATH: join(directory, "set.nix"),
    CORNICE_SOURCE_NAME: "test",
    CORNICE_SPOOL_DIR: join(directory, "spool"),
    CORNICE_NIX_SANDBOX: "false",
    CORNICE_NIX_SUBSTITUTERS: "",
    ...settings,
  });
}

async function pull(name: string) {
  const response = await fetch(`${entrance.url}/v2/${name}/manifests/latest`);
  const { status, headers } = response;
  return { status, retryAfter: headers.get("Retry-After"), body: await response.text() };
}

const JSON_TYPE = { "Content-Type": "application/json" };
const OUTAGE = { status: 503, retryAfter: "10", body: containing("UNAVAILABLE") };

describe("each event of a build comes at once", () => {
  it.each(["nginx", "caddy"])("through %s", async (name) => {
    await start();
    const proxy = name === "nginx" ? inner : caddy;
    const request = { source: "test", tag: "latest", architecture: hostArchitecture(), packages: [name] };
    const events: string[] = [];
    for await (const { event } of origin.build(request, proxy.url)) {
      events.push(event);
      // A proxy that held the events back would wait for the end of the build, and the build waits for this.
      if (event === "work") await open(name);
    }
    expect(events).toEqual(expect.arrayContaining(["queued", "phase", "work", "image"]));
  });
});

it("a page behind nginx follows a build over a WebSocket", async () => {
  await start();
  const body = JSON.stringify({ name: "live", tag: "latest" });
  const ordered = await fetch(`${entrance.url}/api/builds`, { method: "POST", headers: JSON_TYPE, body });
  const address = `${entrance.url}/api${ordered.headers.get("Location")}/events`;
  const socket = new WebSocket(address.replace("http:", "ws:"));
  const built = Promise.withResolvers<void>();
  socket.addEventListener("message", ({ data }) => {
    if (String(data).includes('"work":"build"')) void open("live");
    if (String(data).includes('"event":"image"')) built.resolve();
  });
  socket.addEventListener("close", () => built.reject(new Error("the connection was closed")));
  await built.promise;
  socket.close();
});

describe("an origin that gets SIGTERM in the middle of a pull", () => {
  it("finishes it, and refuses others in words; then another origin goes on", async () => {
    await start({ CORNICE_DRAIN_TIMEOUT: "300" });
    const finished = pull("finished");
    await origin.logged("building 'finished.drv'");
    origin.signal("SIGTERM");
    await origin.logged("stopping");
    const ready = await fetch(`${origin.url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, containing("draining")]);
    expect(await pull("refused")).toEqual(OUTAGE);
    await open("finished");
    expect(await finished).toMatchObject({ status: 200 });
    expect(await origin.ended()).toBe(0);
    await start();
    await open("stopped");
    expect(await pull("stopped")).toMatchObject({ status: 200 });
  });

  it("tells an outage if the pull takes too long", async () => {
    await start({ CORNICE_DRAIN_TIMEOUT: "1" });
    // The Worker remembers for a while that an origin refused another name.
    const late = pull("late");
    await origin.logged("building 'late.drv'");
    origin.signal("SIGTERM");
    expect(await late).toEqual({ ...OUTAGE, body: containing("the build service is restarting") });
    expect(await origin.ended()).toBe(0);
  });
});
