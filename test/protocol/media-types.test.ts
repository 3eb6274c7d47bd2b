import { expect, test } from "vitest";
import { isManifestMediaType, MEDIA_TYPES } from "../../protocol/media-types.ts";

const OCI = "application/vnd.oci.image.manifest.v1+json";
const DOCKER = "application/vnd.docker.distribution.manifest.v2+json";

test.each([
  [OCI, true],
  [DOCKER, true],
  ["application/json", false],
  [MEDIA_TYPES.oci.config, false],
  ["", false],
])("%s is the type of a manifest: %s", (type, expected) => {
  expect(isManifestMediaType(type)).toBe(expected);
});
