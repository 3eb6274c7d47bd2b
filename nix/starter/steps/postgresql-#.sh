# Without the just-in-time compiler, as nixpkgs' postgresql is: it needs all of LLVM.
rm -rf "$out"/usr/lib/postgresql/*/lib/bitcode "$out"/usr/lib/postgresql/*/lib/llvmjit*
