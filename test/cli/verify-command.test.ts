import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect } from "vitest";
import { objectOf } from "../json.ts";
import { containing } from "../matchers.ts";
import { test } from "../origin/fixtures.ts";
import { startTestRegistry } from "./registry/test-registry.ts";
import { newSigner, publishImage } from "./verification/published-image.ts";

const SCRIPT = join(import.meta.dirname, "../../cli/main.ts");

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function verify(args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ""): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, DOCKER_CONFIG: "/nowhere", ...env } };
    const child = execFile(process.execPath, [SCRIPT, "verify", ...args], options, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

test("a verified image ends with 0, and says that the key comes from the registry", async ({ onTestFinished }) => {
  const published = await publishImage();
  const { host } = await startTestRegistry(onTestFinished, published.content);
  const { code, stdout, stderr } = await verify([`${host}/git`]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "cornice: prepare\ncornice: verify\n" });
  expect(stdout).toContain("ok    layer      2 layers: digest, size and diffID\n");
  expect(stdout).toContain(`  curl -fsSo cosign.pub http://${host}/keys/cosign.pub\n`);
  expect(stdout).toMatch(new RegExp(`\nverified: ${host}/git is ${published.image.digest}\n$`));
});

test("a damaged image ends with 1, and the line says what is wrong", async ({ onTestFinished }) => {
  const published = await publishImage();
  const path = `/v2/git/blobs/${published.layers[0]?.digest}`;
  const { host } = await startTestRegistry(
    onTestFinished,
    published.content.set(path, {
      mediaType: "application/octet-stream",
      body: "x".repeat(published.layers[0]?.size ?? 0),
    }),
  );
  const { code, stdout } = await verify([`${host}/git`]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^FAIL {2}layer {6}layer 1 \(sha256:[0-9a-f]{64}\): its bytes are altered/m);
  expect(stdout).toContain(`\nNOT verified: ${host}/git; see the lines with FAIL\n`);
});

describe("a key of the user's own", () => {
  test("is not doubted", async ({ onTestFinished, directory }) => {
    const published = await publishImage();
    const { host, asked } = await startTestRegistry(onTestFinished, published.content);
    const key = join(directory, "cosign.pub");
    await writeFile(key, published.signer.publicKey.pem);
    const { code, stdout } = await verify([`${host}/git`, "--key", key]);
    expect([code, stdout]).toEqual([0, expect.not.stringContaining("The key comes from the registry")]);
    expect(asked).not.toContain("/keys/cosign.pub");
  });

  test("that has not signed verifies nothing", async ({ onTestFinished, directory }) => {
    const published = await publishImage();
    const { host } = await startTestRegistry(onTestFinished, published.content);
    const key = join(directory, "cosign.pub");
    await writeFile(key, (await newSigner()).publicKey.pem);
    expect(await verify([`${host}/git`, "--key", key])).toMatchObject({
      code: 1,
      stdout: containing("no trusted key has made the signature"),
    });
  });

  test("that is no key, or not there, is told before the image is read", async ({ onTestFinished, directory }) => {
    const { host, asked } = await startTestRegistry(onTestFinished);
    const key = join(directory, "cosign.pub");
    expect(await verify([`${host}/git`, "--key", key])).toMatchObject({
      code: 1,
      stderr: containing(`cornice: cannot read the key ${key}: ENOENT`),
    });
    await writeFile(key, "text");
    expect(await verify([`${host}/git`, "--key", key])).toMatchObject({
      code: 1,
      stderr: containing(`cornice: ${key}: this is no public key in PEM`),
    });
    expect(asked).toEqual([]);
  });
});

test("a registry that publishes no key is told from one that lies", async ({ onTestFinished }) => {
  const published = await publishImage({ signer: null });
  const { host } = await startTestRegistry(onTestFinished, published.content);
  const { code, stdout } = await verify([`${host}/git`]);
  expect(code).toBe(1);
  expect(stdout).toContain(`${host} publishes no key at /keys/cosign.pub: it is no registry of Cornice`);
});

test("an image that is not there ends with the registry's words", async ({ onTestFinished }) => {
  const { host } = await startTestRegistry(onTestFinished);
  expect(await verify([`${host}/git`])).toEqual({
    code: 1,
    stdout: "",
    stderr: containing(`cornice: ${host} does not give manifests latest: the server answered 404: no such thing`),
  });
});

test("--json ends with all findings", async ({ onTestFinished }) => {
  const published = await publishImage();
  const { host } = await startTestRegistry(onTestFinished, published.content);
  const { stdout } = await verify([`${host}/git`, "--json"]);
  expect(objectOf(stdout.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
    event: "verification",
    reference: `${host}/git`,
    digest: published.image.digest,
    verified: true,
    keyIsPinned: false,
  });
});

test("Ctrl-C ends a call whose registry does not answer", async ({ onTestFinished }) => {
  const asked = Promise.withResolvers<void>();
  const { host } = await startTestRegistry(onTestFinished, new Map(), () => {
    asked.resolve();
    return true;
  });
  const child = spawn(process.execPath, [SCRIPT, "verify", `${host}/git`], { stdio: ["ignore", "ignore", "pipe"] });
  const [errors, ended] = [text(child.stderr), once(child, "exit")];
  await asked.promise;
  child.kill("SIGINT");
  expect([await ended, await errors]).toEqual([[130, null], "cornice: prepare\ncornice: stopped\n"]);
});

describe("--user", () => {
  const BASIC = `Basic ${Buffer.from("alice:wonderland").toString("base64")}`;

  async function closedRegistry(onEnd: (close: () => Promise<void>) => void): Promise<string> {
    const published = await publishImage();
    const registry = await startTestRegistry(onEnd, published.content, (request, response) => {
      if (request.headers.authorization === BASIC || request.url === "/keys/cosign.pub") return false;
      response.writeHead(401, { "www-authenticate": 'Basic realm="Cornice"' }).end();
      return true;
    });
    return `${registry.host}/git`;
  }

  test("takes the password from the environment, or from standard input", async ({ onTestFinished }) => {
    const image = await closedRegistry(onTestFinished);
    const args = [image, "--user", "alice"];
    expect(await verify(args, { CORNICE_REGISTRY_PASSWORD: "wonderland" })).toMatchObject({ code: 0 });
    expect(await verify(args, {}, "wonderland\n")).toMatchObject({ code: 0 });
    expect(await verify([image])).toMatchObject({ code: 1, stderr: containing("the registry wants a password") });
  });

  test("without a password is wrong usage", async ({ onTestFinished }) => {
    const image = await closedRegistry(onTestFinished);
    expect(await verify([image, "--user", "alice"])).toMatchObject({
      code: 2,
      stderr: containing("--user needs a password: set CORNICE_REGISTRY_PASSWORD"),
    });
  });
});
