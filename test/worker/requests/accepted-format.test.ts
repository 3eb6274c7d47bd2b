import { describe, expect, test } from "vitest";
import { acceptedFormat } from "../../../worker/requests/accepted-format.ts";

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
    expect(acceptedFormat(accept)).toBe("oci");
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
    expect(acceptedFormat(accept)).toBe("docker");
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
    expect(acceptedFormat(accept)).toBe("oci");
  });
});

test("a single range that is too long does not count", () => {
  expect(acceptedFormat(`${DOCKER};a=${"x".repeat(100_000)}`)).toBe("oci");
});

test("the end of a long header does not count, and no type is cut in two", () => {
  const long = `${DOCKER}, ${"text/plain, ".repeat(10_000)}${OCI}`;
  expect(acceptedFormat(long)).toBe("docker");
  for (let length = 3900; length < 4200; length++) {
    const padding = `${DOCKER}, ${"x".repeat(length)}, */*;q=0`;
    expect(acceptedFormat(padding)).toBe("docker");
  }
});
