import { expect, test } from "vitest";
import { isManifestMediaType, MEDIA_TYPES, negotiateFormat } from "../../protocol/media-types.ts";

const OCI = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const DOCKER = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_V1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";

test.each([
  [undefined, "oci"],
  ["", "oci"],
  ["*/*", "oci"],
  ["application/json", "oci"],
  [OCI, "oci"],
  [`${DOCKER}, ${OCI}`, "oci"],
  [`${DOCKER},${OCI_INDEX}`, "oci"],
  [`${DOCKER}, ${OCI.toUpperCase()};q=0.5`, "oci"],
  [DOCKER, "docker"],
  [` ${DOCKER} ; q=0.9 , */*`, "docker"],
  [`${DOCKER_V1}, ${DOCKER}`, "docker"],
  [DOCKER_V1, "oci"],
  [OCI_INDEX, "oci"],
  [DOCKER_LIST, "docker"],
  [`${DOCKER_LIST}, ${OCI_INDEX}`, "oci"],
])("Accept: %s gets %s", (accept, format) => {
  expect(negotiateFormat(accept)).toBe(format);
});

test.each([
  [OCI, true],
  [DOCKER, true],
  ["application/json", false],
  [MEDIA_TYPES.oci.config, false],
  ["", false],
])("%s is the type of a manifest: %s", (type, expected) => {
  expect(isManifestMediaType(type)).toBe(expected);
});
