import { compareVersions } from "./debian-version.ts";

/** A package in one of apt's lists, with the fields that the starter set needs. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Of this machine, or `all`. */
  readonly architecture: string;
  /** The source package, with its version in brackets if it has another one. Empty if it has the package's own name. */
  readonly source: string;
  /** Unparsed text. Only the fields of packages in use are parsed later. */
  readonly depends: string;
  readonly preDepends: string;
  readonly provides: string;
  readonly priority: string;
  readonly description: string;
  /** Empty if it is not told. */
  readonly homepage: string;
  /** The unpacked size in KiB. */
  readonly installedSize: number;
  /** The name of its archive, such as `Debian/bookworm`. It selects the mirror's address. */
  readonly archive: string;
  /** Path of the `.deb` below the mirror's address. */
  readonly file: string;
  readonly sha256: string;
}

const LINE_FEED = 0x0a;
// Lines that start with a space continue the field above them.
const FIELD =
  /^(Package|Source|Version|Depends|Pre-Depends|Provides|Priority|Description|Homepage|Installed-Size|Filename|SHA256|Architecture): *(.*(?:\n[ \t].*)*)$/gm;

/**
 * Collects the newest version of each package from decompressed lists. The lists have 50 MB together, so this class
 * parses them paragraph by paragraph as they arrive.
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
    architecture: field("Architecture"),
    source: field("Source"),
    depends: field("Depends"),
    preDepends: field("Pre-Depends"),
    provides: field("Provides"),
    priority: field("Priority"),
    description: field("Description"),
    homepage: field("Homepage"),
    installedSize: Number(field("Installed-Size") || "0"),
    archive,
    file: field("Filename"),
    sha256,
  };
}

/** Copies a substring. Otherwise it would keep the whole string in memory, here all 50 MB of lists. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}

/** If two archives have the same version, the file is the same. But all machines must choose the same archive. */
function isPreferred(candidate: DebianPackage, known: DebianPackage): boolean {
  const order = compareVersions(candidate.version, known.version);
  return order > 0 || (order === 0 && candidate.archive < known.archive);
}
