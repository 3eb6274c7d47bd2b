import { expect, test } from "vitest";
import { checkImageSize } from "../../../origin/builds/image-size.ts";
import { OciError } from "../../../protocol/oci-error.ts";

const closure = (...sizes: readonly number[]) => sizes.map((narSize) => ({ narSize }));

test.each<[string, number[]]>([
  ["no store paths", []],
  ["fewer bytes than the limit", [10, 20]],
  ["as many bytes as the limit", [60, 40]],
])("an image with %s is built", (_, sizes) => {
  expect(() => checkImageSize(closure(...sizes), 100)).not.toThrow();
});

test("an image with one byte more is refused", () => {
  expect(() => checkImageSize(closure(60, 41), 100)).toThrow(OciError);
});

test("the error for the user has the size, and says what the operator can do", () => {
  expect(() => checkImageSize(closure(12e9, 3e8), 8192 * 1_048_576)).toThrow(
    new OciError(
      "MANIFEST_UNKNOWN",
      "the image would have 12.3 GB in its store paths; this registry builds images of up to 8.6 GB " +
        "(the operator can raise CORNICE_MAX_IMAGE_MIB)",
    ),
  );
});
