import { OciError } from "./oci-error.ts";

/** Architectures by their OCI names. Each image is for one of them, on Linux. */
export type Architecture = "amd64" | "arm64";

/** The contents of a repository name, with meta-packages resolved. */
export interface ImageName {
  /** Lower-case attribute paths, sorted by code unit, each once. At least one, but none if `image` is set. */
  readonly packages: readonly string[];
  /** The name of an image that the package set itself defines: `web` for `images/web`. */
  readonly image?: string;
  /** Set when the name starts with an architecture. */
  readonly architecture: Architecture | undefined;
}

/** The spec's name grammar: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests */
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
/** Clients limit host, slash and name together to 255 characters. */
export const MAX_NAME_LENGTH = 255;
const MAX_SHOWN = 80;
/**
 * The most steps in a package's name. A step is the text between two dots. The deepest usual names of nixpkgs have four
 * steps, and an output may follow. Without a limit, one package has endless names (`git.out.out.out`), and each name
 * starts a build of its own.
 */
const MAX_STEPS = 5;

const SHELL = "shell";
/** The packages that the meta-package `shell` stands for. */
export const SHELL_PACKAGES = ["bashinteractive", "coreutils", "moreutils", "nano"] as const;

/** The first component of the images that a package set defines. */
const IMAGES = "images";

/**
 * Parses a repository name such as `shell/git/htop`. At the start, `shell`, `amd64` and `arm64` are meta-packages. All
 * other components are packages. Their order and repeats make no difference. `images/web`, alone or after an
 * architecture, is the package set's own image `web`. Throws `NAME_INVALID`.
 */
export function parseImageName(name: string, maxPackages: number): ImageName {
  if (name.length > MAX_NAME_LENGTH) {
    throw new OciError(
      "NAME_INVALID",
      `the image name has ${name.length} characters; at most ${MAX_NAME_LENGTH} are allowed`,
    );
  }
  const components = name.split("/");
  const invalid = components.find((component) => !isComponent(component));
  if (invalid !== undefined) throw new OciError("NAME_INVALID", explainComponent(invalid));
  return resolveMetaPackages(components, maxPackages);
}

/**
 * Writes the name with the fewest components that `parseImageName` reads back as the same. Packages that are called
 * `images`, or like a meta-package, come last: at the start they would not be packages.
 */
export function formatImageName({ packages, image, architecture }: ImageName): string {
  const leading = architecture ? [architecture] : [];
  if (image !== undefined) return [...leading, IMAGES, image].join("/");
  const metas = packages.filter(isMetaPackage);
  const images = packages.filter((name) => name === IMAGES);
  const others = packages.filter((name) => !isMetaPackage(name) && name !== IMAGES);
  const rest = others.filter((name) => !isShellPackage(name));
  const isShell = others.length - rest.length === SHELL_PACKAGES.length;
  const shortened = isShell && (rest.length > 0 || metas.length === 0) ? [SHELL, ...rest] : others;
  return [...leading, ...shortened, ...images, ...metas].join("/");
}

function isShellPackage(name: string): boolean {
  return SHELL_PACKAGES.some((shell) => shell === name);
}

/** A component may be as long as a whole name. */
export function isComponent(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && COMPONENT.test(text);
}

/** Throws `NAME_INVALID`. */
export function checkPackageCount(count: number, maxPackages: number): void {
  if (count <= maxPackages) return;
  throw new OciError("NAME_INVALID", `the image name lists ${count} packages; at most ${maxPackages} are allowed`);
}

/** For a package. An image that the package set defines may have any number of dots. Throws `NAME_INVALID`. */
export function checkSteps(component: string): void {
  const count = component.split(".").length;
  if (count <= MAX_STEPS) return;
  const shown = JSON.stringify(component.slice(0, MAX_SHOWN));
  throw new OciError(
    "NAME_INVALID",
    `${shown} has ${count} steps between its dots; a package has at most ${MAX_STEPS}`,
  );
}

function explainComponent(component: string): string {
  if (component === "") return "the image name has an empty component; write package names separated by single slashes";
  const shown = JSON.stringify(component.slice(0, MAX_SHOWN));
  return `${shown} cannot be part of an image name; components are lower-case letters and digits, separated inside by ".", "_" or "-"`;
}

function resolveMetaPackages(components: readonly string[], maxPackages: number): ImageName {
  const length = components.findIndex((component) => !isMetaPackage(component));
  const leading = length < 0 ? components : components.slice(0, length);
  const rest = components.slice(leading.length);
  const architecture = findArchitecture(leading);
  const hasShell = leading.includes(SHELL);
  if (rest[0] === IMAGES && rest.length > 1) return { packages: [], image: parseImage(rest, hasShell), architecture };
  for (const component of rest) checkSteps(component);
  const packages = new Set([...(hasShell ? SHELL_PACKAGES : []), ...rest]);
  if (packages.size === 0)
    throw new OciError("NAME_INVALID", "the image name lists no package; add at least one, or shell");
  checkPackageCount(packages.size, maxPackages);
  return { packages: [...packages].toSorted(), architecture };
}

/** Whether a component at the start of a name is a meta-package. */
export function isMetaPackage(component: string): boolean {
  return component === SHELL || component === "amd64" || component === "arm64";
}

function findArchitecture(leading: readonly string[]): Architecture | undefined {
  if (!leading.includes("amd64")) return leading.includes("arm64") ? "arm64" : undefined;
  if (!leading.includes("arm64")) return "amd64";
  throw new OciError("NAME_INVALID", "the image name asks for amd64 and arm64 at once; choose one");
}

function parseImage([, image = "", ...more]: readonly string[], hasShell: boolean): string {
  if (more.length === 0 && !hasShell) return image;
  throw new OciError(
    "NAME_INVALID",
    `images/${image} is an image of the package set and stands alone; only amd64 or arm64 may come before it`,
  );
}
