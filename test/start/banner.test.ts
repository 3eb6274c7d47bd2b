import { expect, test } from "vitest";
import { banner, USAGE } from "../../start/banner.ts";

const INPUT = { port: 5000, source: "channel:nixos-25.11", hasUsualPackages: true, stateDirectory: "/state" };
const TEXT = banner(INPUT);

test.each([
  "Cornice serves http://127.0.0.1:5000",
  "packages  channel:nixos-25.11",
  "state     /state",
  "http://127.0.0.1:5000 in a browser",
  "docker run --rm 127.0.0.1:5000/shell/git/htop git --version",
  "skopeo copy --src-tls-verify=false docker://127.0.0.1:5000/jq oci:jq-image",
  "curl -L http://127.0.0.1:5000/v2/python3/manifests/latest",
])("the banner has the line %j", (line) => {
  expect(TEXT.split("\n").map((text) => text.trim())).toContain(line);
});

test("the banner of another package set names no package", () => {
  const text = banner({ ...INPUT, hasUsualPackages: false });
  expect(text).toContain("http://127.0.0.1:5000 in a browser");
  expect(text).not.toMatch(/git|htop|jq|python3/);
});

test.each([
  "CORNICE_CHANNEL",
  "CORNICE_PKGS_REPO",
  "CORNICE_FLAKE",
  "CORNICE_PKGS_PATH",
  "CORNICE_STATE_DIR",
  "CORNICE_PORT",
  "CORNICE_ORIGIN_PORT",
  "CORNICE_STORES_PORT",
  "CORNICE_HOSTS",
  "CORNICE_AUTH",
  "NIX_TIMEOUT",
])("the help explains %s", (setting) => {
  expect(USAGE).toMatch(new RegExp(`^  ${setting} +\\S`, "m"));
});
