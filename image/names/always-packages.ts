/**
 * Every image gets these packages if the package set has them: certificates and protocol names. Few programs work without
 * them. `nix/prepare-image.nix` has the same list.
 */
export const ALWAYS_PACKAGES = ["cacert", "iana-etc"] as const;
