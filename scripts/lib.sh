# shellcheck shell=bash
# Helpers of the scripts in this folder: messages, Debian packages, a private apt state. Sourced, never run.
#
# Callers run under `set -euo pipefail`. Every failure ends the caller through die(), with one sentence
# on standard error that says what to do.

# shellcheck disable=SC2034  # for the scripts that work on the build
flowmon_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Each argument on a line of its own.
say() { printf '%s\n' "$@"; }

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# The comment block at the top of the calling script, without its "# ", is its --help.
print_help() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }

# become_root WHAT: sets `as_root` to the words that run a command as root (none, or sudo), or ends.
become_root() {
  as_root=()
  if [ "$(id -u)" -eq 0 ]; then return; fi
  command -v sudo > /dev/null || die "to $1 one must be root, and there is no sudo: have an administrator do it, then run this again"
  say "Root is needed to $1: through sudo."
  sudo true || die "to $1 one must be root, and sudo refused: have an administrator do it, then run this again"
  as_root=(sudo)
}

# Passes apt's output on: one rewritten line on a terminal, otherwise only the lines that sum it up.
apt_progress() {
  local line
  while IFS= read -r line; do
    if [ -t 1 ]; then
      printf '\r\033[K  %.76s' "$line"
    else
      case $line in
        *'newly installed'* | 'Need to get'* | 'Fetched'* | [EW]:*) say "  $line" ;;
      esac
    fi
  done
  if [ -t 1 ]; then printf '\r\033[K'; fi
}

# need_packages "PACKAGE|what it is for"...: installs those that are missing, and says which and why.
# Without a missing one it only asks dpkg.
need_packages() {
  local entry package log installed missing=()
  if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
    die "this is not a Debian system (no apt-get): install the equivalents of: ${*%%|*}"
  fi
  # dpkg-query fails when it does not know one of the packages; the others are listed all the same.
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${@%%|*}" 2> /dev/null || true)
  for entry in "$@"; do
    package=${entry%%|*}
    grep -qxF "$package installed" <<< "$installed" && continue
    if [ ${#missing[@]} -eq 0 ]; then say "Debian packages that are missing here and why they are needed:"; fi
    say "$(printf '  %-22s %s' "$package" "${entry#*|}")"
    missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  become_root "install ${missing[*]}"
  log=$(mktemp)
  # Failing to refresh one list, perhaps a third party's, need not keep these packages away.
  "${as_root[@]}" apt-get -q update < /dev/null 2>&1 | tee "$log" | apt_progress ||
    say "  apt-get update failed ($(grep -m1 '^E:' "$log" || echo 'no reason given')); trying with the lists that are here"
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install "${missing[@]}" < /dev/null 2>&1 |
    tee "$log" | apt_progress; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    die "apt-get could not install ${missing[*]}: its last words are above; check the network and the package sources in /etc/apt, then run this again"
  fi
  rm -f "$log"
}

# The address of the Debian archive, from this machine's own apt configuration, whatever its format.
debian_archive() {
  local address codename scratch
  # Releases that apt has seen carry their origin, which tells Debian from third parties.
  address=$(apt-get indextargets --format "\$(ORIGIN)|\$(LABEL)|\$(SITE)" 2> /dev/null |
    awk -F'|' '$1 == "Debian" && $2 == "Debian" { print $3; exit }') || true
  if [ -z "$address" ]; then
    # No lists here (a fresh container): go by the name of the release.
    # shellcheck disable=SC1091
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-sid}")
    scratch=$(mktemp -d)
    mkdir "$scratch/partial"
    address=$(apt-get -o Dir::State::lists="$scratch" --print-uris update 2> /dev/null |
      sed -nE "s,^'([^']*[^/])/+dists/($codename|stable|oldstable|testing|unstable|sid)/InRelease'.*,\1,p" |
      head -n 1) || true
    rm -rf "$scratch"
  fi
  [ -n "$address" ] ||
    die "no Debian archive found in this machine's apt configuration: add one to /etc/apt/sources.list.d, or check that 'apt-get indextargets' lists it"
  printf '%s' "$address"
}

# private_apt_open DIR deb|deb-src SUITE: an apt state of its own in DIR, with the signed index of SUITE.
# private_apt then runs an apt tool on it. The system's lists, packages and sources are only read.
private_apt_open() {
  local dir=$1 type=$2 suite=$3 keyring archive
  command -v apt-get > /dev/null || die "this is not a Debian system: apt-get is needed to fetch from the Debian archive"
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -r "$keyring" ] || die "$keyring is missing: install the package debian-archive-keyring"
  archive=$(debian_archive)
  mkdir -p "$dir"/{lists/partial,cache/archives/partial,sources,none}
  : > "$dir/status"
  cat > "$dir/sources/archive.sources" << SOURCES
Types: $type
URIs: $archive
Suites: $suite
Components: main
Signed-By: $keyring
Targets: $([ "$type" = deb ] && echo Packages || echo Sources)
Languages: none
SOURCES
  [ "$type" = deb-src ] || say "Architectures: $(dpkg --print-architecture)" >> "$dir/sources/archive.sources"
  private_apt_config=$dir/apt.conf
  # Read after the system's configuration (-c), so its proxies hold and its update hooks do not.
  cat > "$private_apt_config" << CONFIG
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::Languages;
Acquire::Languages "none";
Acquire::Retries "3";
APT::Update::Error-Mode "any";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$dir/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$dir/none";
Dir::State "$dir";
Dir::State::lists "$dir/lists";
Dir::State::status "$dir/status";
Dir::Cache "$dir/cache";
Dir::Log "$dir";
CONFIG
  # Root's downloads would go through a user who may not be able to write here.
  [ "$(id -u)" -ne 0 ] || say 'APT::Sandbox::User "root";' >> "$private_apt_config"
  private_apt apt-get -qq update ||
    die "the index of Debian $suite could not be fetched from $archive: apt's message is above; check the network and try again"
}

# private_apt TOOL ARGS...: an apt tool on the state that private_apt_open made.
private_apt() {
  local tool=$1
  shift
  "$tool" -c "$private_apt_config" "$@" < /dev/null
}

# scratch_beside TARGET: makes a directory beside TARGET, sets `scratch` to it and removes it when the script
# ends, however it ends. What is complete is moved from there to TARGET in one step.
scratch_beside() {
  mkdir -p "$(dirname "$1")"
  scratch=$(mktemp -d "$(cd "$(dirname "$1")" && pwd)/.$(basename "$1").XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
}
