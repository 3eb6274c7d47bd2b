import { isComponent, parseImageName, SHELL_PACKAGES } from "../../protocol/image-name.ts";
import { OciError } from "../../protocol/oci-error.ts";

/** The packages and images that anybody may pull. */
export type PublicPackages = readonly PublicRule[];

type PublicRule = PackageRule | ImageRule;

interface PackageRule {
  readonly kind: "package";
  readonly pattern: RegExp;
}

/** An image of exactly these packages; if open, of these and at least one more. */
interface ImageRule {
  readonly kind: "image";
  readonly packages: readonly string[];
  readonly isOpen: boolean;
}

/**
 * Parses the setting `PUBLIC`: rules, separated by spaces. A rule without a slash is the name of a package. In it, `*`
 * stands for any text without a dot, and `shell` for its four packages. A rule with a slash is an image, as in
 * `shell/git`. With `/*` at the end, it is all images with these packages and more. The order of packages does not
 * matter, because clients may write them in any order.
 */
export function parsePublicPackages(text: string, problems: string[]): PublicPackages {
  const words = text.split(/\s+/).filter((word) => word !== "");
  return words.flatMap((word) => {
    const rules: readonly PublicRule[] = word.includes("/") ? parseImageRule(word) : parsePackageRules(word);
    if (rules.length === 0) problems.push(explain(word));
    return rules;
  });
}

function explain(word: string): string {
  const shown = JSON.stringify(word);
  return `PUBLIC has ${shown}; it must be packages in lower case with one "*" between dots, or images such as shell/git and shell/*, separated by spaces`;
}

/** More than one star between two dots could make matching slow. */
const TWO_STARS = /\*[^.]*\*/;

function parsePackageRules(word: string): PackageRule[] {
  if (!isComponent(word.replaceAll("*", "a")) || TWO_STARS.test(word)) return [];
  const names = word === "shell" ? SHELL_PACKAGES : [word];
  return names.map((name) => ({ kind: "package", pattern: toPattern(name) }));
}

function toPattern(word: string): RegExp {
  return new RegExp(`^${word.replaceAll(".", "\\.").replaceAll("*", "[^.]*")}$`);
}

const OPEN_END = "/*";

/** Empty for a name with an architecture, and for an image of the package set: a rule names packages only. */
function parseImageRule(word: string): ImageRule[] {
  const isOpen = word.endsWith(OPEN_END);
  const name = isOpen ? word.slice(0, -OPEN_END.length) : word;
  try {
    const { packages, image, architecture } = parseImageName(name, Infinity);
    const isForbidden = image !== undefined || architecture !== undefined || name === "images";
    return isForbidden ? [] : [{ kind: "image", packages, isOpen }];
  } catch (error) {
    if (error instanceof OciError) return [];
    throw error;
  }
}

/** Whether anybody may pull an image of these packages: each package is public, or the image as a whole is. */
export function arePublic(rules: PublicPackages, packages: readonly string[]): boolean {
  if (packages.length === 0) return false;
  const isPublic = (name: string) => rules.some((rule) => rule.kind === "package" && rule.pattern.test(name));
  return packages.every(isPublic) || rules.some((rule) => rule.kind === "image" && isOfImage(rule, packages));
}

/** Whether a guest finds a package in the list of packages: some image that has it is public. */
export function isFindable(rules: PublicPackages, name: string): boolean {
  return rules.some((rule) =>
    rule.kind === "package" ? rule.pattern.test(name) : rule.isOpen || rule.packages.includes(name),
  );
}

/** One text for each set of rules. */
export function formatRules(rules: PublicPackages): string {
  return JSON.stringify(
    rules.map((rule) => (rule.kind === "package" ? rule.pattern.source : [rule.isOpen, ...rule.packages])),
  );
}

function isOfImage({ packages, isOpen }: ImageRule, names: readonly string[]): boolean {
  const hasCount = isOpen ? names.length > packages.length : names.length === packages.length;
  return hasCount && packages.every((name) => names.includes(name));
}
