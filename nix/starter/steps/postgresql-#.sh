# Removes the just-in-time compiler, because it needs all of LLVM. nixpkgs' postgresql does not have it either.
rm -rf "$out"/usr/lib/postgresql/*/lib/bitcode "$out"/usr/lib/postgresql/*/lib/llvmjit*

# Debian's start script normally makes the directory of the server's socket.
mkdir -p "$out/var/run/postgresql"
