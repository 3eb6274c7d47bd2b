import { join } from "node:path";
import { describe, expect, onTestFinished } from "vitest";
import { buildImage } from "../../../origin/builds/build-image.ts";
import { listenForDebug } from "../../../origin/system/debug.ts";
import { startOrigin } from "../../system/origin-process.ts";
import { NEVER, REQUEST, setUp } from "../builds/known-image.ts";
import { test } from "../fixtures.ts";
import { createRepository, serveGit } from "../sources/git-repository.ts";

const PASSWORD = "pass@word-in-the-url";
const SECRETS = {
  CORNICE_GIT_TOKEN: "secret-token-of-git",
  CORNICE_USERS: "alice:secret-of-alice",
  R2_ACCESS_KEY_ID: "secret-key-id",
  R2_SECRET_ACCESS_KEY: "secret-access-key",
  KV_API_TOKEN: "secret-token-of-kv",
};

const NOWHERE = "http://127.0.0.1:1";

describe("at CORNICE_LOG_LEVEL=debug", () => {
  test("an origin shows its commands for a private repository, and no secret", async ({ directory }) => {
    const repository = await createRepository(directory);
    await repository.git("config", "http.uploadpack", "true");
    await repository.commit({ "default.nix": "{ }" }, "main");
    const server = await serveGit(directory, PASSWORD, onTestFinished);
    const origin = await startOrigin({
      ...SECRETS,
      CORNICE_LOG_LEVEL: "debug",
      CORNICE_PKGS_REPO: `${server.url.replace("//", `//user:${encodeURIComponent(PASSWORD)}@`)}/pkgs.git`,
      CORNICE_SPOOL_DIR: join(directory, "spool"),
      CORNICE_SOURCES_DIR: join(directory, "sources"),
      R2_ENDPOINT: NOWHERE,
      R2_BUCKET: "bucket",
      KV_API_URL: NOWHERE,
      KV_NAMESPACE_ID: "namespace",
    });
    onTestFinished(() => origin.kill());
    const request = {
      source: `git:${server.url}/pkgs.git`,
      tag: "latest",
      architecture: "amd64",
      packages: ["git"],
    } as const;
    await Array.fromAsync(origin.build(request));
    expect(origin.log()).toContain("origin: debug: git: resolve begins");
    expect(origin.log()).toMatch(/^origin: debug: git: run git .*ls-remote.* http:\/\/127\.0\.0\.1:\d+\/pkgs\.git/m);
    expect(server.calls.some(({ isAllowed }) => isAllowed)).toBe(true);
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), ...Object.values(SECRETS)]) {
      expect(origin.log()).not.toContain(secret);
    }
  });

  test("a build shows what its caches know", async ({ directory, serve }) => {
    const kv = await serve(() => ({ status: 200, body: '{"success":true}' }));
    const { context, recorded } = await setUp(directory, kv.url);
    const lines: string[] = [];
    onTestFinished(listenForDebug((line) => lines.push(line)));
    await buildImage(context, REQUEST, recorded.onEvent, NEVER);
    const first = lines.splice(0).join("\n");
    expect(first).toMatch(/^request [0-9a-f]{64}: not known$/m);
    expect(first).toMatch(/^run .*nix-instantiate /m);
    expect(first).toMatch(/^closure [0-9a-f]{64}: its image is known$/m);
    await buildImage(context, REQUEST, recorded.onEvent, NEVER);
    expect(lines.join("\n")).toMatch(/^request [0-9a-f]{64}: known, it led to the closure [0-9a-f]{64}$/m);
    expect(lines.join("\n")).not.toMatch(/^run /m);
  });
});
