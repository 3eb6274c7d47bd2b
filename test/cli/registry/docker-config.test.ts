import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { dockerCredentials } from "../../../cli/registry/docker-config.ts";
import { test } from "../../origin/fixtures.ts";

const AUTH = Buffer.from("alice:won:der").toString("base64");

test("the password of docker login is found by the registry's host", async ({ directory }) => {
  await writeFile(
    join(directory, "config.json"),
    JSON.stringify({ auths: { "registry.example:5000": { auth: AUTH } } }),
  );
  const env = { DOCKER_CONFIG: directory };
  expect(await dockerCredentials("registry.example:5000", env)).toEqual({ user: "alice", password: "won:der" });
  expect(await dockerCredentials("registry.example", env)).toBeUndefined();
  expect(await dockerCredentials("constructor", env)).toBeUndefined();
});

test("a file of another form has none", async ({ directory }) => {
  for (const text of ["", "[]", "{}", '{"auths":[]}', '{"auths":{"a":{}}}', '{"auths":{"a":{"auth":"eA=="}}}']) {
    await writeFile(join(directory, "config.json"), text);
    expect(await dockerCredentials("a", { DOCKER_CONFIG: directory })).toBeUndefined();
  }
});

test("there need be no file", async ({ directory }) => {
  expect(await dockerCredentials("a", { DOCKER_CONFIG: directory })).toBeUndefined();
});
