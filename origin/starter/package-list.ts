import { compareVersions } from "./debian-version.ts";

/** What the starter set needs to know of a package in one of apt's lists. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** The fields as they stand: only those of packages that are used get parsed. */
  readonly depends: string;
  readonly preDepends: string;
  readonly provides: string;
  readonly priority: string;
  readonly description: string;
  /** Unpacked, in KiB. */
  readonly installedSize: number;
  /** Which archive it is in, for the mirror's address: `Debian/bookworm`. */
  readonly archive: string;
  /** Path of the `.deb` below the mirror's address. */
  readonly file: string;
  readonly sha256: string;
}

const LINE_FEED = 0x0a;
// A field goes on in the lines below it that start with a space.
const FIELD =
  /^(Package|Version|Depends|Pre-Depends|Provides|Priority|Description|Installed-Size|Filename|SHA256|Architecture): *(.*(?:\n[ \t].*)*)$/gm;

/**
 * Collects the newest version of each package from decompressed lists.
 * The lists come to 50 MB: they are parsed as they arrive, a paragraph at a time.
 */
export class PackageLists {
  readonly packages = new Map<string, DebianPackage>();

  async add(list: AsyncIterable<Buffer>, archive: string, architecture: string): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of list) {
      const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      rest = this.#addParagraphs(text, archive, architecture);
    }
    this.#addParagraph(rest, archive, architecture);
  }

  #addParagraphs(text: Buffer, archive: string, architecture: string): Buffer {
    let start = 0;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n", start)) {
      this.#addParagraph(text.subarray(start, end), archive, architecture);
      start = end + 2;
      while (text[start] === LINE_FEED) start += 1;
    }
    return text.subarray(start);
  }

  #addParagraph(paragraph: Buffer, archive: string, architecture: string): void {
    const found = parsePackage(paragraph.toString("utf8"), archive, architecture);
    if (!found) return;
    const known = this.packages.get(found.name);
    if (!known || isPreferred(found, known)) this.packages.set(found.name, found);
  }
}

function parsePackage(paragraph: string, archive: string, architecture: string): DebianPackage | undefined {
  const fields = new Map<string, string>();
  for (const [, name = "", value = ""] of paragraph.matchAll(FIELD))
    fields.set(name, copyOf(value.replace(/\n[ \t]+/g, " ")));
  const field = (name: string): string => fields.get(name) ?? "";
  const sha256 = field("SHA256");
  const ours = field("Architecture") === architecture || field("Architecture") === "all";
  if (!ours || !field("Package") || !field("Version") || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  return {
    name: field("Package"),
    version: field("Version"),
    depends: field("Depends"),
    preDepends: field("Pre-Depends"),
    provides: field("Provides"),
    priority: field("Priority"),
    description: field("Description"),
    installedSize: Number(field("Installed-Size") || "0"),
    archive,
    file: field("Filename"),
    sha256,
  };
}

/** A part of a string keeps the whole of it in memory, here all lists with their 50 MB. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}

/** The same version in two archives is the same file; the choice must only be the same everywhere. */
function isPreferred(candidate: DebianPackage, known: DebianPackage): boolean {
  const order = compareVersions(candidate.version, known.version);
  return order > 0 || (order === 0 && candidate.archive < known.archive);
}
