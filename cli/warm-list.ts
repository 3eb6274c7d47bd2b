import { checkPackageCount, formatImageName, MAX_NAME_LENGTH } from "../protocol/image-name.ts";
import { parseTag } from "../protocol/tag.ts";
import { asUsage, CliError, UsageError } from "./cli-error.ts";
import { parseName, type RequestedName } from "./requested-name.ts";

/** An image to build ahead. */
export interface WarmImage {
  readonly name: RequestedName;
  readonly tag: string;
}

interface WarmListOptions {
  /** The file's name in messages. */
  readonly file: string;
  /** For lines without a tag. */
  readonly tag: string;
  /** The most packages of one image. */
  readonly maxPackages: number;
  /** Whether each package of a line is an image of its own. */
  readonly each: boolean;
}

/** A name, a colon and a tag of at most 128 characters. */
const MAX_LINE_LENGTH = MAX_NAME_LENGTH + 129;
/** Two colons, or a slash behind the colon, belong to no tag: `localhost:5000/git`. */
const TAGGED = /^([^:]+):([^:/]*)$/;
const IN_LINE = { before: ":", hint: "write a tag as NAME:TAG" };
/** A file of another kind has a problem in each line. */
const MAX_SHOWN = 20;

/**
 * Reads one image a line: `shell/git/htop`, `arm64/git`, `git:TAG`. `#` begins a comment. Throws a `CliError` that names
 * each bad line.
 */
export function parseWarmList(text: string, options: WarmListOptions): WarmImage[] {
  const problems: string[] = [];
  const images = text.split("\n").flatMap((whole, index) => {
    const line = whole.replace(/#.*/s, "").trim();
    try {
      return line === "" ? [] : parseLine(line, options);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(`${options.file}, line ${index + 1}: ${error.message}`);
      return [];
    }
  });
  if (problems.length > MAX_SHOWN)
    problems.splice(MAX_SHOWN, Infinity, `and ${problems.length - MAX_SHOWN} more lines of ${options.file}`);
  if (problems.length > 0) throw new CliError(problems.join("\n"));
  if (images.length === 0) throw new CliError(`${options.file} names no image; write one a line, such as shell/git`);
  return images;
}

/** Throws `UsageError`. */
function parseLine(line: string, { tag, maxPackages, each }: WarmListOptions): WarmImage[] {
  if (line.length > MAX_LINE_LENGTH)
    throw new UsageError(`it has ${line.length} characters; an image's name has at most ${MAX_NAME_LENGTH}`);
  const [, untagged = line, ownTag = tag] = TAGGED.exec(line) ?? [];
  const image = { name: { ...parseName(untagged, IN_LINE), text: line }, tag: asUsage(() => parseTag(ownTag)) };
  asUsage(() => checkPackageCount(image.name.packages.length, maxPackages));
  return each && image.name.image === undefined ? eachPackage(image) : [image];
}

function eachPackage({ name: { packages, architecture }, tag }: WarmImage): WarmImage[] {
  return packages.map((packageName) => imageOfPackage(packageName, architecture, tag));
}

/** The image of one package alone. */
export function imageOfPackage(
  packageName: string,
  architecture: RequestedName["architecture"],
  tag: string,
): WarmImage {
  const packages = [packageName];
  return { name: { text: formatImageName({ packages, architecture }), packages, architecture }, tag };
}
