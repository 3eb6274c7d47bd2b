import { createPublicKey, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generatePrivateKey } from "../../image/signing-keys/private-key.ts";
import { freePort } from "../../start/machine/ports.ts";
import { removeFolder } from "../remove-folder.ts";
import { startDeployment } from "./local-deployment.ts";
import { startOrigin } from "./origin-process.ts";
import { run } from "./program.ts";
import { REPOSITORY, startRegistry, testPackages } from "./registry.ts";

// The steps of docs/key-rotation.md, each with the Worker and an origin as they run in production.

const OLD_SECRET = "the secret of before, which is to be changed";
const POLL = { timeout: 60_000, interval: 200 };

type Settings = Readonly<Record<string, string>>;

let directory: string;
let packages: Settings;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-rotation-"));
  packages = await testPackages(directory, randomUUID());
});

afterAll(() => removeFolder(directory));

interface Key {
  /** The files. */
  readonly secret: string;
  readonly shown: string;
}

async function makeKey(name: string): Promise<Key> {
  const key = { secret: join(directory, `${name}.pem`), shown: join(directory, `${name}.pub`) };
  const pem = await generatePrivateKey();
  await writeFile(key.secret, pem, { mode: 0o600 });
  await writeFile(key.shown, createPublicKey(pem).export({ type: "spki", format: "pem" }));
  return key;
}

/** The status of a pull of this name. */
async function pull(url: string, name: string): Promise<number> {
  const answer = await fetch(`${url}/v2/${name}/manifests/latest`);
  await answer.text();
  return answer.status;
}

test("the secret and the signing key change, and no pull fails", async () => {
  const port = String(await freePort());
  const state = join(directory, "deployment");
  const [old, next] = [await makeKey("old"), await makeKey("next")];

  /** Restarts both programs with these settings. The new secret is the origin's first one, at all times. */
  async function during(step: { worker: Settings; origin: Settings }, work: (url: string) => Promise<void>) {
    const vars = { ORIGIN_URL: `http://127.0.0.1:${port}`, EDGE_ASSEMBLY: "off", TAG_FRESHNESS_S: "0" };
    const edge = await startDeployment(state, { ...vars, ...step.worker });
    const folders = { CORNICE_SPOOL_DIR: join(directory, "spool"), CORNICE_ORIGIN_PORT: port };
    const origin = await startOrigin({ ...packages, ...edge.env, ...folders, ...step.origin });
    try {
      await work(edge.url);
    } finally {
      await origin.kill();
      await edge.stop();
    }
  }

  const verifies = async (url: string, name: string, { shown }: Key) => {
    const args = ["verify", `${new URL(url).host}/${name}`, "--key", shown, "--no-blobs"];
    return (await run(join(REPOSITORY, "bin/cornice"), args)).code === 0;
  };
  const bothSecrets = { CORNICE_ORIGIN_SECRET_PREVIOUS: OLD_SECRET };
  const bothKeys = { CORNICE_SIGNING_KEY: next.secret, CORNICE_SIGNING_KEY_PREVIOUS: old.secret };

  await during(
    { worker: { ORIGIN_SECRET: OLD_SECRET }, origin: { ...bothSecrets, CORNICE_SIGNING_KEY: old.secret } },
    async (url) => {
      expect(await pull(url, "hello")).toBe(200);
      expect(await verifies(url, "hello", old)).toBe(true);
    },
  );
  await during({ worker: {}, origin: { ...bothSecrets, ...bothKeys } }, async (url) => {
    expect(await pull(url, "world")).toBe(200);
    expect([await verifies(url, "world", old), await verifies(url, "world", next)]).toEqual([true, true]);
    // An image of before is signed again behind its next pull.
    expect(await pull(url, "hello")).toBe(200);
    await expect.poll(() => verifies(url, "hello", next), POLL).toBe(true);
    expect(await verifies(url, "hello", old)).toBe(true);
  });
  await during({ worker: {}, origin: { CORNICE_SIGNING_KEY: next.secret } }, async (url) => {
    expect(await pull(url, "large")).toBe(200);
    expect([await verifies(url, "large", old), await verifies(url, "large", next)]).toEqual([false, true]);
  });
  await during({ worker: { ORIGIN_SECRET: OLD_SECRET }, origin: {} }, async (url) => {
    expect(await pull(url, "hello")).toBe(200);
    expect(await pull(url, "nested.deep.thing")).toBeGreaterThanOrEqual(500);
  });
});

test("the secrets of one machine are made anew if their file is removed", async () => {
  const stateDirectory = join(directory, "state");
  for (const name of ["hello", "world"]) {
    const registry = await startRegistry({ stateDirectory, env: packages });
    expect([await pull(`http://${registry.host}`, "hello"), await pull(`http://${registry.host}`, name)]).toEqual([
      200, 200,
    ]);
    await registry.stop();
    await rm(join(stateDirectory, "secrets.json"));
  }
});
