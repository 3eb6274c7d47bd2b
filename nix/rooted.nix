# Gives the answer of an expression, and keeps Nix's garbage collector away from what the answer names.
#
# `nix-instantiate --add-root LINK` instantiates the derivation below and makes the link to it. The derivation refers to
# everything that the strings refer to. The link is there before the process ends. Until then, the process itself keeps
# the collector away. Nobody ever builds the derivation. `nix-instantiate` prints `LINK!OUTPUT`, so the answer stands
# where the name of an output would stand.
#
# answer:  a value that JSON has
# strings: the strings whose context is kept; their texts do not matter
# extra:   another value that JSON has, or null. Nix evaluates it behind the answer, and prints it in a second line. Before
#          that, it prints the mark with builtins.trace. An error in it does not take the answer away
# mark:    a text that nobody else prints
{
  answer,
  strings,
  extra ? null,
  mark ? "",
}:

let
  inherit (builtins) map substring toJSON unsafeDiscardOutputDependency unsafeDiscardStringContext;

  # The derivation itself is kept, but not the outputs that it may have already.
  contextOf = string: substring 0 0 (unsafeDiscardOutputDependency string);

  holder = derivation {
    name = "cornice-root";
    system = "none";
    builder = "none";
    kept = map contextOf strings;
  };
  # A "derivation" whose output has the value as its name.
  line = drvPath: value: {
    type = "derivation";
    inherit (holder) name;
    inherit drvPath;
    outputName = unsafeDiscardStringContext (toJSON value);
  };

  first = line holder.drvPath answer;
in
if extra == null then
  first
else
  [
    first
    (line (builtins.trace mark holder.drvPath) extra)
  ]
