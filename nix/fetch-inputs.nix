# Fetches what a flake's lock file pins, so that it is in the Nix store when the flake is evaluated, where nothing is
# fetched any more. Evaluated by itself: nothing of the flake is.
#
# inputs: a JSON array of locked references, as locked-inputs.nix gives them
{ inputs }:

map (input: (builtins.fetchTree input).outPath) (builtins.fromJSON inputs)
