import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test } from "vitest";
import { PACKAGES_LABEL, SET_IMAGE_PACKAGES_LABEL } from "../../../protocol/package-label.ts";
import { startIsolate } from "../client.ts";
import { ask, basic, restricted, storeLabels, storePackages } from "./users.ts";

const ALICE = basic("alice", "wonderland");
const DIGEST = `sha256:${"0".repeat(64)}`;

afterEach(async () => {
  await reset();
});

describe("a manifest by digest under a public name", () => {
  const settings = restricted("basic", "git python3packages.* 7zz bash*");

  async function statusOf(attributes: string, authorization?: string): Promise<number> {
    const { oci, docker } = await storePackages("stored", attributes);
    const answers = [oci, docker].map(({ digest }) => ask(settings, `/v2/git/manifests/${digest}`, authorization));
    const [one, other] = await Promise.all(answers);
    await Promise.all([one?.arrayBuffer(), other?.arrayBuffer()]);
    expect(other?.status).toBe(one?.status);
    return one?.status ?? 0;
  }

  test.each(["git", "git python3Packages.requests", "_7zz bashInteractive"])("%s is served", async (attributes) => {
    expect(await statusOf(attributes)).toBe(200);
  });

  test.each(["secret", "git secret", "secret git", "python3Packages.python.secret", "", " "])(
    "of %j is unknown to strangers and served to users",
    async (attributes) => {
      expect(await statusOf(attributes)).toBe(404);
      expect(await statusOf(attributes, ALICE)).toBe(200);
    },
  );

  test("of an image that the package set makes of public packages is unknown", async () => {
    const { oci } = await storePackages("images/web", "git", SET_IMAGE_PACKAGES_LABEL);
    const response = await ask(settings, `/v2/git/manifests/${oci.digest}`);
    expect(response.status).toBe(404);
    await response.arrayBuffer();
  });

  test("of an image of the package set is unknown, also if it has other labels", async () => {
    const labels = { [SET_IMAGE_PACKAGES_LABEL]: "git", [PACKAGES_LABEL]: "git" };
    const { oci } = await storeLabels("images/web", labels);
    const response = await ask(settings, `/v2/git/manifests/${oci.digest}`);
    expect(response.status).toBe(404);
    await response.arrayBuffer();
  });

  test("is unknown with the same message as a missing one", async () => {
    const { oci } = await storePackages("secret", "secret");
    const [secret, missing] = await Promise.all([
      ask(settings, `/v2/git/manifests/${oci.digest}`),
      ask(settings, `/v2/git/manifests/${DIGEST}`),
    ]);
    expect([secret.status, missing.status]).toEqual([404, 404]);
    expect(await secret.text()).toBe((await missing.text()).replace(DIGEST, oci.digest));
  });

  test("is unknown if its config is missing", async () => {
    const { oci } = await storePackages("git", "git");
    const { objects } = await env.R2.list({ prefix: "blobs/" });
    await env.R2.delete(objects.map(({ key }) => key));
    const response = await ask(settings, `/v2/git/manifests/${oci.digest}`);
    expect(response.status).toBe(404);
    await response.arrayBuffer();
  });
});

describe("with PUBLIC=shell/* anybody may pull images with a shell, and only users the rest", () => {
  const settings = restricted("basic", "shell/*");
  const SHELL = "bashInteractive coreutils moreutils nano";

  test.each<[name: string, attributes: string, status: number]>([
    ["shell/git", `${SHELL} git`, 200],
    ["shell/git/secret", `${SHELL} git secret`, 200],
    ["nano/moreutils/coreutils/bashinteractive/git", `${SHELL} git`, 200],
    ["git", "git", 401],
    ["git/secret", "git secret", 401],
    ["shell", SHELL, 401],
    ["git/shell", "git shell", 401],
    ["images/git", "git", 401],
  ])("%s", async (name, attributes, status) => {
    const { oci } = await storePackages(name, attributes);
    const isolate = startIsolate(settings);
    // A user's request has filled the caches.
    for (const path of ["manifests/latest", `manifests/${oci.digest}`]) {
      await isolate.settle(`/v2/${name}/${path}`, { headers: { Authorization: ALICE } });
      expect((await isolate.settle(`/v2/${name}/${path}`)).status).toBe(status);
    }
  });

  test("the packages in a manifest's config decide, not the requested name", async () => {
    const secret = await storePackages("git/secret", "git secret");
    const tools = await storePackages("shell/git", `${SHELL} git`);
    expect((await ask(settings, `/v2/shell/git/manifests/${secret.oci.digest}`)).status).toBe(404);
    expect((await ask(settings, `/v2/shell/htop/manifests/${tools.oci.digest}`)).status).toBe(200);
    expect((await ask(settings, `/v2/git/manifests/${tools.oci.digest}`)).status).toBe(401);
  });
});
