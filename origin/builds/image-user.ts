import { OciError } from "../../protocol/oci-error.ts";
import type { AccountNames } from "../../image/root/image-root.ts";

/**
 * Throws `MANIFEST_UNKNOWN` if the image's user or group is a name that its account files do not have. A runtime would
 * refuse to start the image. `user` has the form of the image config: a name or a number, alone or as `USER:GROUP`.
 */
export function checkImageUser(user: string | undefined, { users, groups }: AccountNames): void {
  if (user === undefined) return;
  const [name = "", group] = user.split(":");
  check("user", name, users, "/etc/passwd");
  if (group !== undefined) check("group", group, groups, "/etc/group");
}

function check(kind: string, name: string, known: readonly string[], file: string): void {
  if (/^\d+$/.test(name) || known.includes(name)) return;
  throw new OciError(
    "MANIFEST_UNKNOWN",
    `the image runs as the ${kind} ${name}, which its ${file} does not have; use a number, or add a package that declares it in lib/sysusers.d`,
  );
}
