import { describe, expect, it } from "vitest";

import { PackageLists } from "../../../origin/starter/package-list.ts";
import { sha256Of } from "./debian-package.ts";

const LIST = `Package: htop
Version: 3.2.2-2
Architecture: amd64
Installed-Size: 400
Depends: libc6 (>= 2.34),
 libtinfo6
Description: interactive processes viewer
Filename: pool/main/h/htop/htop_3.2.2-2_amd64.deb
SHA256: ${sha256Of("htop")}

Package: wrong
Version: 1
Architecture: i386
Filename: pool/wrong.deb
SHA256: ${sha256Of("wrong")}
`;

async function* inPieces(text: string, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
}

describe("PackageLists", () => {
  it.each([1, 7, 10_000])("reads a list in pieces of %i bytes", async (size) => {
    const lists = new PackageLists();
    await lists.add(inPieces(LIST, size), "Debian/bookworm", "amd64");
    expect([...lists.packages.keys()]).toEqual(["htop"]);
    expect(lists.packages.get("htop")).toMatchObject({
      version: "3.2.2-2",
      depends: "libc6 (>= 2.34), libtinfo6",
      installedSize: 400,
      archive: "Debian/bookworm",
      file: "pool/main/h/htop/htop_3.2.2-2_amd64.deb",
    });
  });

  it("keeps the newest version, in any order of the lists", async () => {
    const newer = LIST.replace("3.2.2-2\n", "3.2.2-10\n");
    for (const order of [
      [LIST, newer],
      [newer, LIST],
    ]) {
      const lists = new PackageLists();
      for (const list of order) await lists.add(inPieces(list, 100), "Debian/bookworm", "amd64");
      expect(lists.packages.get("htop")?.version).toBe("3.2.2-10");
    }
  });

  it("takes the same version from the same archive, in any order of the lists", async () => {
    for (const order of [
      ["Debian/a", "Debian/b"],
      ["Debian/b", "Debian/a"],
    ]) {
      const lists = new PackageLists();
      for (const archive of order) await lists.add(inPieces(LIST, 100), archive, "amd64");
      expect(lists.packages.get("htop")?.archive).toBe("Debian/a");
    }
  });
});
