import { expect, test } from "vitest";
import { nixEnvironment } from "../../../origin/nix/environment.ts";

test("PATH is passed on", () => {
  expect(nixEnvironment({ PATH: "/a:/b" })).toEqual({ PATH: "/a:/b" });
});

test("a missing PATH gets the usual value", () => {
  expect(nixEnvironment({})).toEqual({ PATH: "/usr/bin:/bin" });
});

test.each(["HOME", "TMPDIR", "NIX_REMOTE", "NIX_SSL_CERT_FILE", "SSH_AUTH_SOCK", "https_proxy"])(
  "%s is passed on",
  (name) => {
    expect(nixEnvironment({ PATH: "/a", [name]: "value" })).toMatchObject({ [name]: "value" });
  },
);

test.each([
  "CORNICE_ORIGIN_SECRET",
  "R2_ACCESS_KEY_ID",
  "R2_SECRET_ACCESS_KEY",
  "KV_API_TOKEN",
  "AWS_SECRET_ACCESS_KEY",
  "GITHUB_TOKEN",
  "CORNICE_GIT_TOKEN",
  "NIX_PATH",
  "NIX_CONFIG",
  "NODE_OPTIONS",
])("%s is not passed on", (name) => {
  expect(nixEnvironment({ PATH: "/a", [name]: "value" })).toEqual({ PATH: "/a" });
});
