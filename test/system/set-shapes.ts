import { derivation } from "./source-pull.ts";

type Files = Readonly<Record<string, string>>;

/** A small package set that is called as nixpkgs is. Its packages say how they were made. */
export const NIXPKGS: Files = {
  "default.nix": `{ system ? throw "no system", config ? { }, overlays ? [ ], ... }:
    let
      base = final: {
        inherit config system;
        lib.words = builtins.concatStringsSep " ";
        callPackage = file: extra:
          let function = import file;
          in function (builtins.intersectAttrs (builtins.functionArgs function) final // extra);
        hello = ${derivation("hello", '"hello of nixpkgs"')};
        greeting = ${derivation("greeting", '"greeting with ${final.hello}"')};
      };
      extend = overlay: before: final: let prev = before final; in prev // overlay final prev;
      extended = builtins.foldl' (before: overlay: extend overlay before) base overlays;
      fixed = extended fixed;
    in
    fixed`,
};

export interface Shape {
  readonly title: string;
  readonly files: Files;
  /** The image that is asked for. */
  readonly name: string;
  /** What the file of the package says. */
  readonly text: RegExp;
}

const says = (text: string) => derivation("own", text);

/** Shapes of sets that need no nixpkgs. */
export const OWN_SHAPES: readonly Shape[] = [
  {
    title: "a function that passes all its arguments on, beside its own overlays",
    files: {
      "default.nix": `{ overlays ? [ ], ... }@args: import ./top.nix (args // { overlays = [ (final: { own = true; }) ] ++ overlays; })`,
      "top.nix": `{ system, config, overlays }: { own = ${says('"${system} ${builtins.toJSON config} ${toString (builtins.length overlays)}"')}; }`,
    },
    name: "own",
    text: /^\S+-linux \{\} 1\n$/,
  },
  {
    title: "a function with one argument that has a name only",
    files: { "default.nix": `args: { own = ${says("builtins.toString (builtins.attrNames args)")}; }` },
    name: "own",
    text: /^config overlays system\n$/,
  },
  {
    title: "a file that checks the version of Nix, and then imports a function with many arguments",
    files: {
      "default.nix": `if builtins.compareVersions builtins.nixVersion "2.3" < 0 then abort "too old" else import ./impure.nix`,
      "impure.nix": `{ localSystem ? { system = args.system or builtins.currentSystem; }, system ? localSystem.system,
        config ? throw "reads the user's configuration", overlays ? throw "reads the user's overlays", ... }@args:
        import ./top.nix { inherit localSystem config overlays; }`,
      "top.nix": `{ localSystem, config, overlays, stages ? [ ] }: { own = ${says('"${localSystem.system}"')}; }`,
    },
    name: "own",
    text: /^\S+-linux\n$/,
  },
];

/** Shapes of sets that need a nixpkgs. */
export const SHAPES_OVER_NIXPKGS: readonly Shape[] = [
  {
    title: "a user repository, whose pkgs are <nixpkgs> unless somebody gives others",
    files: {
      "default.nix": `{ pkgs ? import <nixpkgs> { } }: { lib = import ./lib { inherit pkgs; }; modules = { }; own = pkgs.callPackage ./own { }; }`,
      "lib/default.nix": "{ pkgs }: { }",
      "own/default.nix": `{ hello, lib }: ${says('lib.words [ "with" "${hello}" ]')}`,
    },
    name: "own",
    text: /^with \/nix\/store\/\S+-hello\n$/,
  },
  {
    title: "a set that looks <nixpkgs> up by itself",
    files: { "default.nix": `{ system }: { own = (import <nixpkgs> { inherit system; }).greeting; }` },
    name: "own",
    text: /^greeting with /,
  },
  {
    title: "a function of pkgs and lib, without defaults",
    files: { "default.nix": `{ pkgs, lib, ... }: { own = ${says("lib.words [ pkgs.system ]")}; }` },
    name: "own",
    text: /-linux\n$/,
  },
  {
    title: "a function of pkgs by its name",
    files: { "default.nix": "pkgs: { own = pkgs.hello; }" },
    name: "own",
    text: /^hello of nixpkgs\n$/,
  },
  {
    title: "a company's overlay, with its own package",
    files: { "default.nix": `final: prev: { own = ${says('"over ${prev.hello}"')}; }` },
    name: "own",
    text: /^over \/nix\/store\//,
  },
  {
    title: "a company's overlay, which changes what nixpkgs' packages are made of",
    files: { "default.nix": `final: prev: { hello = ${derivation("hello", '"hello of the company"')}; }` },
    name: "greeting",
    text: /^greeting with /,
  },
];

/** Sets that cannot work, and the whole reason. */
export const WRONG_SETS: readonly (readonly [title: string, text: string, reason: string])[] = [
  ["a list", "[ ]", "the package source gives a list; it must give a set of packages, or a function to one"],
  ["a text", '"x"', "the package source gives a string; it must give a set of packages, or a function to one"],
  [
    "a function to a list",
    "{ }: [ ]",
    "the package source gives a list; it must give a set of packages, or a function to one",
  ],
  [
    "a function to a function",
    "{ system }: x: { }",
    "the package source gives a function to a function; it must give a set of packages, or a function to one",
  ],
  [
    "a file for callPackage",
    "{ stdenv, fetchurl }: { }",
    "the package set is a function that wants fetchurl, stdenv; it can have system, config, overlays, pkgs and lib",
  ],
  [
    "a function of pkgs",
    "{ pkgs }: { }",
    "the package set needs a nixpkgs: the operator can name one with CORNICE_NIXPKGS",
  ],
  [
    "an overlay",
    "final: prev: { }",
    "the package set is an overlay, so it needs a nixpkgs: the operator can name one with CORNICE_NIXPKGS",
  ],
];
