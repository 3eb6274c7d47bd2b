import { describe, expect, test } from "vitest";
import { checkImageUser } from "../../../origin/builds/image-user.ts";
import { OciError } from "../../../protocol/oci-error.ts";

const ACCOUNTS = { users: ["root", "app"], groups: ["root", "staff"] };

describe("an image may run as", () => {
  test.each([undefined, "root", "app", "app:staff", "1000", "1000:100", "app:100", "1000:staff"])("%s", (user) => {
    expect(() => checkImageUser(user, ACCOUNTS)).not.toThrow();
  });
});

test.each([
  ["web", "the image runs as the user web, which its /etc/passwd does not have"],
  ["web:staff", "the image runs as the user web, which its /etc/passwd does not have"],
  ["app:web", "the image runs as the group web, which its /etc/group does not have"],
  ["app:app", "the image runs as the group app, which its /etc/group does not have"],
])("an image that runs as %s is refused", (user, message) => {
  expect(() => checkImageUser(user, ACCOUNTS)).toThrow(
    new OciError("MANIFEST_UNKNOWN", `${message}; use a number, or add a package that declares it in lib/sysusers.d`),
  );
});
