import { createExecutionContext, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { routes } from "../../../worker/entrance.ts";
import { matching } from "../../matchers.ts";
import { callWorker, readError } from "../client.ts";
import { TOKEN_LIFETIME_S } from "../../../worker/access/tokens.ts";
import { ask, basic, restricted, storePackages } from "./users.ts";

const SETTINGS = restricted("token", "git");
const ALICE = basic("alice", "wonderland");

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

async function tokenFrom(response: Response): Promise<string> {
  expect(response.status).toBe(200);
  const { token } = await response.json<{ token: string }>();
  return `Bearer ${token}`;
}

async function getToken(scope: string, authorization?: string): Promise<string> {
  return tokenFrom(await ask(SETTINGS, `/token?service=registry.test&scope=${scope}`, authorization));
}

function postToken(form: Record<string, string>): Promise<Response> {
  return callWorker(SETTINGS, "/token", { method: "POST", body: new URLSearchParams(form) }).response;
}

async function pullStatus(name: string, authorization?: string): Promise<number> {
  await storePackages(name, name.replaceAll("/", " "));
  const response = await ask(SETTINGS, `/v2/${name}/manifests/latest`, authorization);
  await response.arrayBuffer();
  return response.status;
}

describe("the challenge", () => {
  test.each([
    ["/v2/", ""],
    ["/v2/shell/secret/manifests/latest", ',scope="repository:shell/secret:pull"'],
    [`/v2/secret/blobs/sha256:${"0".repeat(64)}`, ',scope="repository:secret:pull"'],
    ["/v2/secret/tags/list?n=%22", ',scope="repository:secret:pull"'],
    ["/v2/_catalog", ',scope="registry:catalog:*"'],
  ])("of %s", async (path, scope) => {
    const response = await ask(SETTINGS, path);
    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toBe(
      `Bearer realm="https://registry.test/token",service="registry.test"${scope}`,
    );
    await response.arrayBuffer();
  });

  test("is the same for HEAD, and asks for a token if the client sent a password", async () => {
    for (const init of [{ method: "HEAD" }, { headers: { Authorization: ALICE } }]) {
      const response = await callWorker(SETTINGS, "/v2/secret/manifests/latest", init).response;
      expect(response.status).toBe(401);
      expect(response.headers.get("WWW-Authenticate")).toContain('scope="repository:secret:pull"');
      await response.arrayBuffer();
    }
  });
});

describe("a user's token", () => {
  test("has a lifetime, and no cache may keep it", async () => {
    const response = await ask(SETTINGS, "/token?scope=repository:secret:pull", ALICE);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    const body = await response.json<Record<string, unknown>>();
    expect(body).toEqual({
      token: matching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      access_token: body["token"],
      expires_in: TOKEN_LIFETIME_S,
      issued_at: matching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  test.each([
    "repository:secret:pull",
    "repository:secret:pull,push",
    "repository:secret:push,pull,delete",
    "repository:other:pull&scope=repository:secret:pull",
    "repository:other:pull%20repository:secret:pull",
  ])("for %s pulls", async (scope) => {
    expect(await pullStatus("secret", await getToken(scope, ALICE))).toBe(200);
  });

  test.each([
    "",
    "repository:other:pull",
    "repository:secret:push",
    "repository:secret/x:pull",
    "repository:secre:pull",
    "repository:*:pull",
    "registry:catalog:*",
    "repository(plugin):secret:pull",
    `${"repository:other:pull%20".repeat(16)}repository:secret:pull`,
  ])("for %s does not pull, and is asked for another", async (scope) => {
    const token = await getToken(scope, ALICE);
    expect(await pullStatus("secret", token)).toBe(401);
    expect((await ask(SETTINGS, "/v2/", token)).status).toBe(200);
  });

  test("for the list of images reads the list", async () => {
    const path = "/v2/_catalog";
    const settings = { ...SETTINGS, CATALOG: "true" };
    expect((await ask(settings, path, await getToken("registry:catalog:*", ALICE))).status).toBe(200);
    expect((await ask(settings, path, await getToken("repository:git:pull", ALICE))).status).toBe(401);
    expect((await ask(settings, path, await getToken("registry:catalog:*"))).status).toBe(401);
  });

  test("does not allow writing", async () => {
    const headers = { Authorization: await getToken("repository:secret:pull,push", ALICE) };
    const { response } = callWorker(SETTINGS, "/v2/secret/blobs/uploads/", { method: "POST", headers });
    expect((await response).status).toBe(405);
  });

  test("is invalid when the users change", async () => {
    const token = await getToken("repository:secret:pull", ALICE);
    await storePackages("secret", "secret");
    const settings = { ...SETTINGS, USERS: SETTINGS.USERS?.replace("alice", "bob") ?? "" };
    const response = await ask(settings, "/v2/secret/manifests/latest", token);
    expect(response.status).toBe(401);
    expect((await readError(response)).message).toContain("no valid token");
  });
});

describe("a guest's token", () => {
  test("pulls public images", async () => {
    for (const authorization of [undefined, basic("", "")]) {
      const token = await getToken("repository:git:pull", authorization);
      expect(await pullStatus("git", token)).toBe(200);
      expect((await ask(SETTINGS, "/v2/", token)).status).toBe(200);
    }
    expect(await pullStatus("git")).toBe(200);
  });

  test("pulls nothing else, also if it was requested for more", async () => {
    for (const scope of ["repository:secret:pull", "repository:git/secret:pull"]) {
      expect(await pullStatus("secret", await getToken(scope))).toBe(401);
    }
    expect(await pullStatus("git/secret", await getToken("repository:git:pull"))).toBe(401);
  });

  test("is not given out if nothing is public", async () => {
    const response = await ask(restricted("token"), "/token?scope=repository:git:pull");
    expect(response.status).toBe(401);
    expect(await readError(response)).toEqual({
      code: "UNAUTHORIZED",
      message: "nothing here is public; log in to pull",
    });
  });
});

describe("a request by POST", () => {
  const FORM = { grant_type: "password", username: "alice", password: "wonderland", client_id: "containerd-client" };

  test("takes a password in a form", async () => {
    const response = await postToken({ ...FORM, scope: "repository:secret:pull", service: "registry.test" });
    expect(await pullStatus("secret", await tokenFrom(response))).toBe(200);
  });

  test.each([
    { ...FORM, password: "wrong" },
    { ...FORM, username: "" },
    { ...FORM, grant_type: "refresh_token", refresh_token: "x" },
    { ...FORM, padding: "x".repeat(100_000), password: "" },
    {},
  ])("%j is 401", async (form) => {
    const response = await postToken(form);
    expect(response.status).toBe(401);
    expect((await readError(response)).code).toBe("UNAUTHORIZED");
  });
});

test.each([basic("alice", "wrong"), basic("bob", "wonderland"), basic("alice", ""), "Bearer x", "Basic ?"])(
  "wrong credentials get no token, not even a guest's: %s",
  async (authorization) => {
    const response = await ask(SETTINGS, "/token?scope=repository:git:pull", authorization);
    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toContain("Basic ");
    await response.arrayBuffer();
  },
);

test.each(["PUT", "DELETE", "PATCH", "OPTIONS"])("%s is not allowed", async (method) => {
  const response = await callWorker(SETTINGS, "/token", { method }).response;
  expect(response.status).toBe(405);
  expect(response.headers.get("Allow")).toBe("GET, HEAD, POST");
  await response.arrayBuffer();
});

describe("under another host name", () => {
  function askHost(host: string, path: string, authorization = ""): Promise<Response> {
    const request = new Request(`https://${host}${path}`, { headers: { Authorization: authorization } });
    return Promise.resolve(routes.fetch(request, { ...env, ...SETTINGS }, createExecutionContext()));
  }

  test("a token is not valid", async () => {
    await storePackages("secret", "secret");
    const token = await getToken("repository:secret:pull", ALICE);
    const response = await askHost("other.test", "/v2/secret/manifests/latest", token);
    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toContain('service="other.test"');
    await response.arrayBuffer();
  });

  test("a quote in the host name ends no parameter of the challenge", async () => {
    const response = await askHost('a",scope="x.test', "/v2/");
    expect(response.headers.get("WWW-Authenticate")).toBe(
      'Bearer realm="https://a,scope=x.test/token",service="a,scope=x.test"',
    );
    await response.arrayBuffer();
  });
});
