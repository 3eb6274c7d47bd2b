import { createHash } from "node:crypto";

import { type DebianPackage } from "../../../origin/starter/package-list.ts";

export function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A package of apt's lists, with the given fields and defaults for the others. */
export function debianPackage(name: string, fields: Partial<DebianPackage> = {}): DebianPackage {
  return {
    name,
    version: "1.0-1",
    architecture: "amd64",
    source: "",
    depends: "",
    preDepends: "",
    provides: "",
    priority: "optional",
    description: `about ${name}`,
    homepage: "",
    installedSize: 1,
    archive: "Debian/bookworm",
    file: `pool/${name}.deb`,
    sha256: sha256Of(name),
    ...fields,
  };
}

export function packageMap(...packages: DebianPackage[]): Map<string, DebianPackage> {
  return new Map(packages.map((each) => [each.name, each]));
}
