/** A nixpkgs channel such as `nixos-25.11`, or a commit. */
export const CHANNEL = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$/;
