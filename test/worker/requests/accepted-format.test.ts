import { describe, expect, test } from "vitest";
import { acceptedFormats } from "../../../worker/requests/accepted-format.ts";

const OCI = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const DOCKER = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_V1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";

describe("a client that can take OCI gets OCI", () => {
  test.each([
    [null],
    [""],
    [" , ,"],
    ["*/*"],
    ["*"],
    ["application/*"],
    [OCI],
    [OCI_INDEX],
    [`${DOCKER}, ${OCI}`],
    [`${DOCKER},${OCI_INDEX}`],
    [`${DOCKER_LIST}, ${OCI_INDEX}`],
    [`${DOCKER}, ${OCI.toUpperCase()};q=0.001`],
    [`${DOCKER};q=1.0, ${OCI};q=0.5`],
    [` ${DOCKER} ; q=0.9 , */*`],
    [`${DOCKER}, application/*;q=0.1`],
    [`${OCI};charset=utf-8;q=0.5, ${DOCKER}`],
    [`${OCI};quality=0, ${DOCKER}`],
    [`${OCI};q=, ${DOCKER}`],
    [`${OCI};q=none, ${DOCKER}`],
    [`*/*;q=0, ${OCI}, ${DOCKER}`],
    [`${OCI};q=0, ${OCI}, ${DOCKER}`],
  ])("Accept: %s", (accept) => {
    expect(acceptedFormats(accept).image).toBe("oci");
  });
});

describe("a client that can take Docker's types alone gets Docker's", () => {
  test.each([
    [DOCKER],
    [DOCKER_LIST],
    [`${DOCKER_V1}, ${DOCKER}`],
    [`application/json, ${DOCKER}`],
    [`text/*, ${DOCKER}`],
    [`${DOCKER}, ${OCI};q=0`],
    [`${DOCKER}, ${OCI};q=0, ${OCI_INDEX};q=0`],
    [`${DOCKER}, ${OCI};q=0, ${OCI_INDEX}`],
    [`${OCI};q=0.0, ${DOCKER}`],
    [`${OCI};q=0.000, ${DOCKER}`],
    [`${OCI}\t; Q = 0 , ${DOCKER}`],
    [`${OCI};charset=utf-8;q=0, ${DOCKER}`],
    [`${OCI};q=0;ext=1, ${DOCKER}`],
    [`${OCI};q=0, */*`],
    [`*/*, ${OCI};q=0`],
    [`${OCI};q=0, application/*, */*;q=0`],
    [`${DOCKER}, */*;q=0`],
    [`${DOCKER}, application/*;q=0, */*`],
    [`${DOCKER}, ${OCI_INDEX};q=0, application/*;q=0`],
  ])("Accept: %s", (accept) => {
    expect(acceptedFormats(accept).image).toBe("docker");
  });
});

describe("a client that can take neither gets OCI", () => {
  test.each([
    ["application/json"],
    [DOCKER_V1],
    ["*/*;q=0"],
    [`${DOCKER};q=0`],
    [`${DOCKER};q=0, ${OCI};q=0`],
    [`${DOCKER};q=0, ${DOCKER_LIST};q=0, text/html`],
    ["application/vnd.docker.distribution.manifest.v2+json-and-more"],
  ])("Accept: %s", (accept) => {
    expect(acceptedFormats(accept).image).toBe("oci");
  });
});

test("a single range that is too long does not count", () => {
  expect(acceptedFormats(`${DOCKER};a=${"x".repeat(100_000)}`).image).toBe("oci");
});

test("the end of a long header does not count, and no type is cut in two", () => {
  const long = `${DOCKER}, ${"text/plain, ".repeat(10_000)}${OCI}`;
  expect(acceptedFormats(long).image).toBe("docker");
  for (let length = 3900; length < 4200; length++) {
    const padding = `${DOCKER}, ${"x".repeat(length)}, */*;q=0`;
    expect(acceptedFormats(padding).image).toBe("docker");
  }
});

describe("a list of images", () => {
  test.each([
    ["a client without a header", null, "oci"],
    ["a client that takes anything", "*/*", "oci"],
    ["containerd", `${DOCKER}, ${DOCKER_LIST}, ${OCI}, ${OCI_INDEX}, */*`, "oci"],
    ["Docker's classic store", `${OCI_INDEX},${DOCKER_LIST},${DOCKER_V1},${OCI},application/json,${DOCKER}`, "oci"],
    ["a client that takes lists alone", OCI_INDEX, "oci"],
    ["a client that takes neither format", "application/json", "oci"],
    ["an old Docker", `${DOCKER}, ${DOCKER_LIST}, ${DOCKER_V1}`, "docker"],
    ["a client that refuses OCI's index", `*/*, ${OCI_INDEX};q=0`, "docker"],
    ["a client that refuses OCI's manifests", `${OCI};q=0, ${OCI_INDEX}, ${DOCKER_LIST}`, "docker"],
  ])("is taken by %s", (_, accept, format) => {
    expect(acceptedFormats(accept).list).toBe(format);
  });

  test.each([
    ["a poller", DOCKER, "docker"],
    ["a client of OCI's manifests", OCI, "oci"],
    ["both manifests", `${OCI}, ${DOCKER}`, "oci"],
    ["a client that refuses lists", `*/*, ${OCI_INDEX};q=0, ${DOCKER_LIST};q=0`, "oci"],
    ["a client that refuses the manifests of the list", `${OCI};q=0, ${OCI_INDEX}, ${DOCKER}`, "docker"],
  ])("is not taken by %s", (_, accept, image) => {
    expect(acceptedFormats(accept)).toEqual({ image, list: undefined });
  });
});
