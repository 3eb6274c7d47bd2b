# What cornice-prepare-image and cornice-list-packages have in common: how a package source is evaluated. They source
# it with `program` and `nix` (this folder) set, and define
#   evaluate ARGUMENTS...   calls nix_evaluate with these and with arguments of its own
#   expression              the file in this folder that is evaluated
#   expression_files        further files of this folder that it imports
#   flake_expression        prints the same as one expression, a function of what `evaluate` gives and of `location`

SOURCE_USAGE="\
  --system SYSTEM       Nix system, such as x86_64-linux
  --kind KIND           path, tarball or flake
  --location LOCATION   a folder or file, an archive's URL, or the folder of a flake
  --flake-dir DIR       the folder in there that is the flake (default: the whole)
  --restrict BOOL       true (default): evaluation reads the source and nothing else of this machine; a flake
                        is always restricted
  --allowed-uris URIS   what evaluation may fetch, as prefixes separated by spaces (default: nothing); for a flake
                        beside what its lock file names
  --allow-ifd BOOL      false (default): evaluation builds nothing (no import from derivation)
  --config JSON         nixpkgs' configuration, such as {\"allowUnfree\":true}, for a package set that is a function
                        of config; a flake has its own
  --sandbox BOOL        true (default): build in Nix's sandbox where the kernel allows it
  --substituters URLS   binary caches, separated by spaces; \"\" for none (default: Nix's own setting)
  --help                this text"

fail() {
  printf '%s: %s\n' "$program" "$1" >&2
  exit 2
}

system='' kind='' location='' flake_dir='' sandbox=true restrict=true allowed_uris='' allow_ifd=false config='{}'
# Settings are given to each call and the machine's configuration is left alone. A binary cache that
# cannot be reached is tried once: without a network, retries would cost five seconds a call.
nix_options='--option download-attempts 1 --option connect-timeout 10'

# Takes an option and its value, which is missing where there is but one argument; fails for one that is none of these.
take_source_option() {
  case $1 in
    --system | --kind | --location | --flake-dir | --restrict | --allowed-uris | --allow-ifd | --config | --sandbox | \
      --substituters) ;;
    *) return 1 ;;
  esac
  [ $# -ge 2 ] || fail "$1 needs a value"
  case $1 in
    --system) system=$2 ;;
    --kind) kind=$2 ;;
    --location) location=$2 ;;
    --flake-dir) flake_dir=$2 ;;
    --restrict) restrict=$2 ;;
    --allowed-uris) allowed_uris=$2 ;;
    --allow-ifd) allow_ifd=$2 ;;
    --config) config=$2 ;;
    --sandbox) sandbox=$2 ;;
    --substituters) substituters=$2 ;;
  esac
}

# Checks the options, and makes `scratch`, a folder that is gone when the program ends.
begin() {
  [ -n "$system" ] || fail '--system is required; see --help'
  [ -n "$location" ] || fail '--location is required; see --help'
  case $kind in path | tarball | flake) ;; *) fail '--kind must be path, tarball or flake' ;; esac
  case $restrict in true | false) ;; *) fail '--restrict must be true or false' ;; esac
  case $allow_ifd in true | false) ;; *) fail '--allow-ifd must be true or false' ;; esac
  case $sandbox in true | false) ;; *) fail '--sandbox must be true or false' ;; esac
  command -v nix-instantiate >/dev/null || fail 'nix-instantiate is not on PATH; install Nix (Debian: apt-get install nix-bin)'
  # Restricted evaluation may read what NIX_PATH names.
  unset NIX_PATH
  # A single-user installation has no group of build users, and Nix as root would insist on one.
  if ! getent group nixbld >/dev/null; then build_users='--option build-users-group'; fi
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
}

# Runs a Nix command with the settings above; values that may be empty or hold spaces stay whole.
nix_command() {
  command=$1
  shift
  # shellcheck disable=SC2086 # nix_options is a list of words without spaces
  "$command" $nix_options --option sandbox "$sandbox" \
    ${build_users:+$build_users ""} ${substituters+--option substituters "$substituters"} "$@"
}

# Names and addresses reach Nix as string arguments and are never part of an expression.
nix_evaluate() {
  nix_command nix-instantiate --eval --read-write-mode \
    --option allow-import-from-derivation "$allow_ifd" --option allowed-uris "$allowed_uris" --argstr system "$system" "$@"
}

evaluate_source() {
  case $kind in
    path) evaluate_path "$location" ;;
    tarball)
      fetch_tarball "$location"
      evaluate_path "$fetched"
      ;;
    flake) evaluate_flake "$location" ;;
  esac
}

evaluate_path() {
  if [ "$restrict" = false ]; then
    evaluate "$nix/$expression" --argstr location "$1" --argstr config "$config"
    return
  fi
  # A file may read what is beside it.
  if [ -f "$1" ]; then source=$(dirname "$1"); else source=$1; fi
  # The operator's path may be a symbolic link, and then both spellings count. What was fetched is none.
  case $source in /nix/store/*) itself=$source ;; *) itself=$(readlink -f "$source") ;; esac
  set -- "$nix/$expression" --argstr location "$1" --argstr config "$config" --option restrict-eval true \
    -I "source=$source" -I "source-itself=$itself"
  # shellcheck disable=SC2086 # the names of files in this folder are words without spaces
  for file in "$expression" load-packages.nix $expression_files; do set -- "$@" -I "cornice-$file=$nix/$file"; done
  evaluate "$@"
}

# Fetched by an expression of our own, before anything of it is evaluated.
fetch_tarball() {
  # An archive of one revision never changes.
  nix_command nix-instantiate --eval --json --read-write-mode --option tarball-ttl 4294967295 \
    --expr '{ url }: "${builtins.fetchTarball url}"' --argstr url "$1" >"$scratch/fetched"
  fetched=$(sed 's/^"\(.*\)"$/\1/' "$scratch/fetched")
  nix_command nix-store --realise "$fetched" --add-root "$scratch/source" >&2
}

evaluate_flake() {
  folder=$1${flake_dir:+/$flake_dir}
  # No link on the way: it could lead out of the source.
  if [ ! -f "$folder/flake.nix" ] || [ "$(readlink -f "$folder")" != "$(readlink -f "$1")${flake_dir:+/$flake_dir}" ]; then
    echo "error: the source has no ${flake_dir:+$flake_dir/}flake.nix" >&2
    exit 1
  fi
  # Nix 2.8 takes no folder of a stored path for a flake: it becomes a stored path of its own.
  case $folder in
    /nix/store/*/*) stored=$(nix_command nix-store --add "$folder") ;;
    /nix/store/*) stored=$folder ;;
    *) stored=$(nix_command nix-store --add "$folder") ;;
  esac
  if [ -f "$stored/flake.lock" ] && [ ! -L "$stored/flake.lock" ]; then
    inputs=$(nix_command nix-instantiate --eval --json "$nix/locked-inputs.nix" --argstr lock "$stored/flake.lock")
    allowed_uris="$allowed_uris $(printf %s "$inputs" | tr -d '"')"
  fi
  hash=$(nix_command nix-store --query --hash "$stored")
  # Pure evaluation takes a flake only with its hash, and only in this form; "+" would be a space in a URL.
  hash=$(nix --extra-experimental-features nix-command hash to-sri --type sha256 "${hash#sha256:}" | sed 's/+/%2B/g')
  # Pure: also refuses inputs that no lock file pins. The expressions are our own files, which could not be
  # read in this mode.
  evaluate --option pure-eval true --option restrict-eval true \
    --option extra-experimental-features 'nix-command flakes' --expr "$(flake_expression)" \
    --argstr location "path:$stored?narHash=$hash"
}
