import { randomUUID } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { matching } from "../matchers.ts";
import { removeFolder } from "../remove-folder.ts";
import { type DockerEngine, startDockerEngine } from "./docker-engine.ts";
import { pullImpatiently } from "./impatient-client.ts";
import { type KubernetesRuntime, startKubernetesRuntime } from "./kubernetes.ts";
import { output } from "./program.ts";
import { type Registry, startRegistry, testPackages } from "./registry.ts";

let directory: string;
/** Has the settings of a deployment. */
let registry: Registry;
/** Holds each request for one second, instead of 25. */
let hasty: Registry;
let engine: DockerEngine;
/** Cancels a pull without progress after 12 s, instead of five minutes. */
let runtime: KubernetesRuntime;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-slow-"));
  const env = { ...(await testPackages(directory, randomUUID())), NIX_TIMEOUT: "300" };
  const short = { ...env, CORNICE_MANIFEST_HOLD: "1", CORNICE_BUILD_WAIT: "60" };
  [registry, hasty, engine, runtime] = await Promise.all([
    startRegistry({ stateDirectory: join(directory, "state"), env }),
    startRegistry({ stateDirectory: join(directory, "hasty"), env: short }),
    startDockerEngine(),
    startKubernetesRuntime(12),
  ]);
});

afterAll(async () => {
  await Promise.all([registry.stop(), hasty.stop(), engine.stop(), runtime.stop()]);
  await removeFolder(directory);
});

function copy({ host }: Registry, name: string): Promise<string> {
  const target = `oci:${join(directory, `${name}-${randomUUID()}`)}`;
  return output("skopeo", ["copy", "--src-tls-verify=false", `docker://${host}/${name}`, target]);
}

function pullWithEngine({ host }: Registry, name: string): Promise<string> {
  return engine.docker("pull", `${host}/${name}`);
}

describe.concurrent("an image whose build takes", () => {
  it("40 s is pulled by skopeo and a Docker Engine, and built once for both", async () => {
    const [, pulled] = await Promise.all([copy(registry, "slow40"), pullWithEngine(registry, "slow40")]);
    expect(pulled).toContain("Downloaded newer image");
    expect(registry.log().match(/slow40: built in/g)).toHaveLength(1);
  });

  it("longer than Kubernetes waits for a byte is pulled by containerd 1.7", async () => {
    await runtime.pull(`${hasty.host}/slow40:latest`);
    expect(hasty.log().match(/slow40: built in/g)).toHaveLength(1);
  });

  it("130 s is pulled by clients that give up after 30 s without a header, with at most nine redirects", async () => {
    const url = `http://${registry.host}/v2/slow130/manifests/latest`;
    const [get, head] = await Promise.all([pullImpatiently(url, "GET"), pullImpatiently(url, "HEAD")]);
    expect(get).toEqual({ status: 200, digest: matching(/^sha256:/), redirects: 5 });
    expect(head).toEqual(get);
    expect(registry.log().match(/slow130: built in/g)).toHaveLength(1);
  });

  it("longer than nine redirects is pulled by skopeo (it starts again) and a Docker Engine (it waits)", async () => {
    const [, pulled] = await Promise.all([copy(hasty, "slow15"), pullWithEngine(hasty, "slow15")]);
    expect(pulled).toContain("Downloaded newer image");
    expect(hasty.log().match(/slow15: built in/g)).toHaveLength(1);
  });
});
