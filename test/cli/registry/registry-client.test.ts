import type { ServerResponse } from "node:http";
import { describe, expect } from "vitest";
import type { Credentials } from "../../../cli/registry/authorization.ts";
import { RegistryClient } from "../../../cli/registry/registry-client.ts";
import { readBytes } from "../../../cli/verification/read-layer.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { rejection, test } from "../../origin/fixtures.ts";
import { containing } from "../../matchers.ts";
import { type Intercept, startTestRegistry } from "./test-registry.ts";

type OnEnd = (close: () => Promise<void>) => void;

const MANIFEST = "/v2/shell/git/manifests/latest";
const BLOB = sha256Digest("ab".repeat(32));
const ALICE = { user: "alice", password: "wönderland" };

async function clientFor(onEnd: OnEnd, intercept: Intercept, credentials?: Credentials) {
  const content = new Map([[MANIFEST, { mediaType: "application/json; charset=utf-8", body: "{}" }]]);
  const registry = await startTestRegistry(onEnd, content, intercept);
  const reference = { host: registry.host, repository: "shell/git" };
  const { signal } = new AbortController();
  const client = new RegistryClient({ reference, plainHttp: true, credentials, signal, pausesMs: [0, 0] });
  return { ...registry, client };
}

function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}, body = ""): true {
  response.writeHead(status, headers).end(body);
  return true;
}

test("a manifest comes with its type and its bytes", async ({ onTestFinished }) => {
  const { client } = await clientFor(onTestFinished, () => false);
  const { bytes, mediaType, digestHeader } = await client.manifest("latest");
  expect([Buffer.from(bytes).toString(), mediaType, digestHeader]).toEqual(["{}", "application/json", undefined]);
});

test("what is missing is told in the registry's words, without its control characters", async ({ onTestFinished }) => {
  const { client, host } = await clientFor(onTestFinished, () => false);
  const error = await rejection(client.manifest("other"));
  expect(error).toMatchObject({
    isMissing: true,
    message: `${host} does not give manifests other: the server answered 404: no such thing`,
  });
});

describe("a redirect", () => {
  /** Cornice's own answer to a client that waits for a build. */
  const hops: (count: number) => Intercept = (count) => (request, response) => {
    const hop = Number(/hop=(\d+)/.exec(request.url ?? "")?.[1] ?? 0);
    if (hop >= count) return answer(response, 200, {}, "{}");
    return answer(response, 307, { location: `${MANIFEST}?hop=${hop + 1}` });
  };

  test("is followed nine times", async ({ onTestFinished }) => {
    const { client, asked } = await clientFor(onTestFinished, hops(9));
    await client.manifest("latest");
    expect(asked).toHaveLength(10);
  });

  test("is not followed for ever", async ({ onTestFinished }) => {
    const { client } = await clientFor(onTestFinished, hops(Infinity));
    await expect(client.manifest("latest")).rejects.toThrow("the server redirects more than 10 times");
  });

  test.each(["file:///etc/passwd", "http://user:password@127.0.0.1/", "", "ftp://127.0.0.1/"])(
    "to %j is refused",
    async (location) => {
      const ends: (() => Promise<void>)[] = [];
      const intercept: Intercept = (_, response) => answer(response, 302, location === "" ? {} : { location });
      const { client } = await clientFor((end) => ends.push(end), intercept);
      await expect(client.manifest("latest"))
        .rejects.toThrow("not safe to follow")
        .finally(() => ends[0]?.());
    },
  );

  test("to another host gets no password", async ({ onTestFinished }) => {
    const seen: (string | undefined)[] = [];
    const other = await startTestRegistry(onTestFinished, new Map(), (request, response) => {
      seen.push(request.headers.authorization);
      return answer(response, 200, {}, "{}");
    });
    const { client } = await clientFor(
      onTestFinished,
      (request, response) =>
        request.headers.authorization === undefined
          ? answer(response, 401, { "www-authenticate": "Basic realm=x" })
          : answer(response, 307, { location: `http://${other.host}/` }),
      ALICE,
    );
    await client.manifest("latest");
    expect(seen).toEqual([undefined]);
  });
});

describe("a registry that wants a login", () => {
  const token: (seen: (string | undefined)[]) => Intercept = (seen) => (request, response) => {
    const { authorization, host } = request.headers;
    seen.push(authorization);
    if (request.url?.startsWith("/token?")) return answer(response, 200, {}, '{"token":"t0k"}');
    if (authorization === "Bearer t0k") return false;
    const challenge = `Bearer realm="http://${host}/token",service="s",scope="repository:shell/git:pull"`;
    return answer(response, 401, { "www-authenticate": challenge });
  };

  test("gives a token to a guest, which is used again", async ({ onTestFinished }) => {
    const seen: (string | undefined)[] = [];
    const { client, asked } = await clientFor(onTestFinished, token(seen));
    await client.manifest("latest");
    await client.manifest("latest");
    expect(seen).toEqual([undefined, undefined, "Bearer t0k", "Bearer t0k"]);
    expect(asked[1]).toBe("/token?service=s&scope=repository%3Ashell%2Fgit%3Apull");
  });

  test("gets the password at its token server alone", async ({ onTestFinished }) => {
    const seen: (string | undefined)[] = [];
    const { client, asked } = await clientFor(onTestFinished, token(seen), ALICE);
    await client.manifest("latest");
    expect(seen).toEqual([undefined, `Basic ${Buffer.from("alice:wönderland").toString("base64")}`, "Bearer t0k"]);
    expect(asked[1]).toContain("account=alice");
  });

  test("says what to do without a password", async ({ onTestFinished }) => {
    const { client, host } = await clientFor(onTestFinished, (_, response) =>
      answer(response, 401, { "www-authenticate": 'Basic realm="Cornice"' }),
    );
    await expect(client.manifest("latest")).rejects.toThrow(
      `the registry wants a password: give it with --user, or run "docker login ${host}"`,
    );
  });

  test.each(["", "Negotiate", 'Bearer realm="file:///etc/passwd"', "Bearer realm=x"])(
    "cannot lead elsewhere by %j",
    async (challenge) => {
      const ends: (() => Promise<void>)[] = [];
      const intercept: Intercept = (_, response) => answer(response, 401, { "www-authenticate": challenge });
      const { client } = await clientFor((end) => ends.push(end), intercept, ALICE);
      await expect(client.manifest("latest"))
        .rejects.toThrow("a kind of login that is not known here, or not safe")
        .finally(() => ends[0]?.());
    },
  );
});

describe("a hostile answer is bounded:", () => {
  test("a manifest of more than 4 MiB", async ({ onTestFinished }) => {
    const { client } = await clientFor(onTestFinished, (_, response) =>
      answer(response, 200, {}, "x".repeat(4_194_305)),
    );
    await expect(client.manifest("latest")).rejects.toThrow("the server sends more than 4194304 bytes");
  });

  test("a blob of more bytes than its descriptor says", async ({ onTestFinished }) => {
    const { client } = await clientFor(onTestFinished, (_, response) => answer(response, 200, {}, "12345"));
    await expect(client.blob(BLOB, 4, readBytes)).rejects.toThrow("the server sends more than 4 bytes");
    expect(await client.blob(BLOB, 5, readBytes)).toMatchObject({ size: 5 });
  });
});

test("all documents of an image have a limit together", async ({ onTestFinished }) => {
  const { client, asked } = await clientFor(onTestFinished, (_, response) => answer(response, 200, {}, "1"));
  expect(await client.document(BLOB, 1_073_741_824)).toHaveLength(1);
  await expect(client.document(BLOB, 1)).rejects.toThrow("the documents of the image have more than 1073741824 bytes");
  expect(asked).toHaveLength(1);
});

test("a connection that breaks is tried again, from the start", async ({ onTestFinished }) => {
  let attempts = 0;
  const { client } = await clientFor(onTestFinished, (_, response) => {
    attempts += 1;
    if (attempts === 3) return answer(response, 200, {}, "12345");
    response.writeHead(200, { "content-length": "5" }).write("123", () => response.destroy());
    return true;
  });
  expect(await client.blob(BLOB, 5, readBytes)).toMatchObject({ size: 5 });
});

test("an outage is told after the last attempt", async ({ onTestFinished }) => {
  const { client, asked } = await clientFor(onTestFinished, (_, response) => answer(response, 503));
  expect(await rejection(client.file("keys/cosign.pub", 10))).toMatchObject({
    message: containing("does not give /keys/cosign.pub: the server answered 503"),
  });
  expect(asked).toHaveLength(3);
});
