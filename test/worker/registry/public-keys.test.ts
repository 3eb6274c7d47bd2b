import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { generatePrivateKey } from "../../../image/signing-keys/private-key.ts";
import { PUBLIC_KEYS_KEY } from "../../../protocol/storage-keys.ts";
import { restricted } from "../access/users.ts";
import { newSigner, storeKeys } from "../attached.ts";
import { callWorker, pull, readError } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";

const PATH = "/keys/cosign.pub";

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("the public keys", () => {
  test("are PEM, the current one first, and caches keep them for five minutes", async () => {
    const [current, old] = [await newSigner(), await newSigner()];
    await storeKeys(current, old);
    const response = await pull(PATH);
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("text/plain; charset=UTF-8");
    expect(response.headers.get("Cache-Control")).toBe("public, max-age=300, no-transform");
    expect(await response.text()).toBe(current.publicKey.pem + old.publicKey.pem);
  });

  test.each(["basic", "token"] as const)("of a private registry (%s) are for strangers, too", async (scheme) => {
    await storeKeys(await newSigner());
    const response = await callWorker(restricted(scheme), PATH).response;
    expect(response.status).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe("private, max-age=300, no-transform");
    await response.arrayBuffer();
  });

  test("come without the text around them", async () => {
    const { publicKey } = await newSigner();
    await env.R2.put(PUBLIC_KEYS_KEY, `a note\n${publicKey.pem}another note\n`);
    expect(await (await pull(PATH)).text()).toBe(publicKey.pem);
  });

  test("are 404 in words if the registry signs nothing", async () => {
    const response = await pull(PATH);
    expect(response.status).toBe(404);
    const message = "this registry has no key, because it signs nothing";
    expect(await readError(response)).toEqual({ code: "NAME_UNKNOWN", message });
  });

  test.each([
    ["text", async () => "cosign"],
    ["a private key", generatePrivateKey],
    ["a damaged key", async () => "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"],
    ["a file that is too large", async () => (await newSigner()).publicKey.pem + " ".repeat(20_000)],
  ])("are 404 if %s is stored in their place, and nothing of it gets out", async (_, stored) => {
    await env.R2.put(PUBLIC_KEYS_KEY, await stored());
    const response = await pull(PATH);
    expect(response.status).toBe(404);
    expect((await readError(response)).message).toBe("this registry has no key, because it signs nothing");
  });

  test.each(["POST", "DELETE"])("cannot be changed by %s", async (method) => {
    const response = await pull(PATH, { method });
    expect(response.status).toBe(405);
    await response.arrayBuffer();
  });
});
