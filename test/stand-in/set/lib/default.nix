rec {
  fix = f: let x = f x; in x;
  extends = o: f: final: let prev = f final; in prev // o final prev;
  take = count: list: builtins.genList (builtins.elemAt list) (if builtins.length list < count then builtins.length list else count);
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };
  warn = text: value: builtins.trace "[1;35mevaluation warning:[0m ${text}" value;
  callPackageWith = auto: fn: args:
    let f = if builtins.isFunction fn then fn else import fn; in
    f (builtins.intersectAttrs (builtins.functionArgs f) auto // args);
}
