/** One reason why nixpkgs refuses a package, and the setting that allows the package. */
interface Refusal {
  readonly words: RegExp;
  readonly sentence: (name: string, system: string, license: string) => string;
  /** The operator's setting. */
  readonly setting: (name: string) => string;
  /** The option of nixpkgs' configuration. */
  readonly option: string;
}

/**
 * Old nixpkgs says "Package ‘x’ in FILE …, refusing to evaluate".
 * New nixpkgs says "Refusing to evaluate package 'x' in FILE because it …".
 */
const PACKAGE = /\b[Pp]ackage [‘']([^‘’']+)[’'] in /;
const LICENSE = /license \(‘([^’]*)’\)/;

const REFUSALS: readonly Refusal[] = [
  {
    words: /is marked as broken|^- broken:|\(kind "broken"\)/m,
    sentence: (name) => `${name} is marked as broken`,
    setting: () => "CORNICE_ALLOW_BROKEN=true",
    option: "allowBroken",
  },
  {
    words: /has an unfree license/,
    sentence: (name, _, license) => `${name} has an unfree license${license && ` (${license})`}`,
    setting: () => "CORNICE_ALLOW_UNFREE=true",
    option: "allowUnfree",
  },
  {
    words: /is marked as insecure|^- insecure:|\(kind "insecure"\)/m,
    sentence: (name) => `${name} is marked as insecure`,
    setting: (name) => `CORNICE_ALLOW_INSECURE="${name}"`,
    option: "permittedInsecurePackages",
  },
  {
    words: /is not available on the requested hostPlatform|^- unsupported:|\(kind "unsupported"\)/m,
    sentence: (name, system) => `${name} is not available on ${system}`,
    setting: () => "CORNICE_ALLOW_UNSUPPORTED=true",
    option: "allowUnsupportedSystem",
  },
];

interface RefusalContext {
  readonly system: string;
  /** A flake brings its own nixpkgs configuration, so the operator's settings have no effect on it. */
  readonly isFlake: boolean;
}

/** One sentence for a package that nixpkgs refuses, with the setting that allows it. Undefined for other errors. */
export function explainRefusal(reason: string, { system, isFlake }: RefusalContext): string | undefined {
  const name = PACKAGE.exec(reason)?.[1];
  const refusal = REFUSALS.find(({ words }) => words.test(reason));
  if (name === undefined || !refusal) return undefined;
  const advice = isFlake
    ? `the flake can allow it with ${refusal.option} in the config of its nixpkgs`
    : `the operator can allow it with ${refusal.setting(name)}`;
  return `${refusal.sentence(name, system, LICENSE.exec(reason)?.[1] ?? "")}; ${advice}`;
}
