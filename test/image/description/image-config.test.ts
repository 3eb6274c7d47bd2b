import { describe, expect, test } from "vitest";
import { sha256Digest } from "../../../protocol/digest.ts";
import { imageConfig, type ImageConfigInput } from "../../../image/description/image-config.ts";
import { memberAt } from "../../json.ts";

const LAYERS = [
  { diffId: sha256Digest("1".repeat(64)), description: "bash-5.3" },
  { diffId: sha256Digest("2".repeat(64)), description: "root" },
];
const INPUT: ImageConfigInput = {
  architecture: "amd64",
  packages: ["bashInteractive", "git"],
  layers: LAYERS,
  hasShell: true,
  hasCertificates: true,
};

test("the JSON is fixed to the byte", () => {
  // If it must change, raise FORMAT_VERSION in image/layers/format-version.ts.
  expect(imageConfig(INPUT)).toBe(
    '{"created":"1970-01-01T00:00:00Z","architecture":"amd64","os":"linux","config":{' +
      '"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",' +
      '"SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt","NIX_SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt"],' +
      '"Cmd":["/bin/bash"],' +
      '"Labels":{"org.opencontainers.image.title":"bashInteractive/git",' +
      '"cornice.image":"true","cornice.packages":"bashInteractive git"}},' +
      `"rootfs":{"type":"layers","diff_ids":["sha256:${"1".repeat(64)}","sha256:${"2".repeat(64)}"]},` +
      '"history":[{"created":"1970-01-01T00:00:00Z","created_by":"bash-5.3"},' +
      '{"created":"1970-01-01T00:00:00Z","created_by":"root"}]}',
  );
});

/** The member `config`: what a container of the image starts with. */
function configOf(input: ImageConfigInput): unknown {
  return memberAt(JSON.parse(imageConfig(input)), "config");
}

describe("an image of the package set has a label of its own, so it does not pass for an image of packages,", () => {
  const labelsOf = (input: ImageConfigInput) => memberAt(configOf(input), "Labels");
  const LABELS = {
    "org.opencontainers.image.title": "bashInteractive/git",
    "cornice.image": "true",
    "cornice.image-packages": "bashInteractive git",
  };

  test("even without options", () => {
    expect(labelsOf({ ...INPUT, options: {} })).toEqual(LABELS);
    expect({ ...JSON.parse(imageConfig({ ...INPUT, options: {} })), config: {} }).toEqual({
      ...JSON.parse(imageConfig(INPUT)),
      config: {},
    });
  });

  test("even if it sets this label itself", () => {
    const labels = { "cornice.image-packages": "git" };
    expect(labelsOf({ ...INPUT, options: { labels } })).toEqual(LABELS);
  });
});

test("the config has all options of an image of the package set", () => {
  const options = {
    entrypoint: ["/bin/web"],
    cmd: ["--port", "8080"],
    env: { HOME: "/srv", MODE: "a=b" },
    user: "1000:100",
    workingDir: "/srv",
    labels: { "org.opencontainers.image.title": "mine", team: "web" },
    exposedPorts: ["53/udp", "8080/tcp"],
  };
  expect(JSON.stringify(configOf({ ...INPUT, hasCertificates: false, options }))).toBe(
    '{"User":"1000:100","ExposedPorts":{"53/udp":{},"8080/tcp":{}},' +
      '"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","HOME=/srv","MODE=a=b"],' +
      '"Entrypoint":["/bin/web"],"Cmd":["--port","8080"],"WorkingDir":"/srv",' +
      '"Labels":{"org.opencontainers.image.title":"mine","team":"web","cornice.image":"true","cornice.image-packages":"bashInteractive git"}}',
  );
});

describe("the command of an image is", () => {
  test.each([
    ["the shell by default", {}, ["/bin/bash"]],
    ["missing after an entrypoint", { entrypoint: ["/bin/web"] }, undefined],
    ["the command that it sets", { cmd: ["/bin/git"] }, ["/bin/git"]],
  ])("%s", (_, options, command) => {
    expect(memberAt(configOf({ ...INPUT, options }), "Cmd")).toEqual(command);
  });
});

describe("an image", () => {
  test("for arm64 has this architecture", () => {
    expect(JSON.parse(imageConfig({ ...INPUT, architecture: "arm64" }))).toMatchObject({ architecture: "arm64" });
  });

  test("without a shell has no command", () => {
    expect(configOf({ ...INPUT, hasShell: false })).not.toHaveProperty("Cmd");
  });

  test("without certificates does not point to them", () => {
    expect(memberAt(configOf({ ...INPUT, hasCertificates: false }), "Env")).toEqual([
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]);
  });
});
