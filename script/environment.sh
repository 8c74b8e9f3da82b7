# Sourced by the other scripts: `environment base` or `environment dev` makes .venv hold exactly that requirements file.
# What was installed is remembered in a stamp, so that a second start installs nothing.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
venv="$root/.venv"

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

find_python() {
  local candidate
  for candidate in python3.11 python3.12 python3.13 python3; do
    # A name on the path may be an empty shell (pyenv): it counts when it runs and is new enough.
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

digest() {
  # The folder is part of it: a moved checkout has a .venv that points to its old place.
  # Bytes of pyproject.toml count because the editable install writes the console script from them.
  {
    echo "$root"
    cat "$root/requirements/$1.txt" "$root/pyproject.toml"
  } | cksum
}

create_venv() {
  local python
  python="$(find_python)" || fail "Python 3.11 or newer is needed. On Debian or Ubuntu: apt install python3 python3-venv"
  echo "Creating the environment in $venv ($("$python" --version))" >&2
  "$python" -m venv --clear "$venv" >&2 ||
    fail "$python cannot make a virtual environment. On Debian or Ubuntu: apt install python3-venv"
  echo "$root" >"$venv/.place"
}

install() {
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@" ||
    fail "the libraries could not be installed (see above); nothing was started"
}

environment() {
  export PIP_ROOT_USER_ACTION=ignore
  if command -v flock >/dev/null; then # two starts at once must not install into each other
    exec 9<"$root/requirements/base.txt"
    flock 9
  fi
  if ! "$venv/bin/python" -c '' 2>/dev/null || { [ -f "$venv/.place" ] && [ "$(cat "$venv/.place")" != "$root" ]; }; then
    create_venv
  fi
  local stamp="$venv/.installed-$1"
  if [ "$(cat "$stamp" 2>/dev/null)" != "$(digest "$1")" ]; then
    echo "Installing the libraries of requirements/$1.txt (once, about a minute)" >&2
    install --require-hashes -r "$root/requirements/$1.txt"
    install --no-deps --no-build-isolation --editable "$root"
    digest "$1" >"$stamp"
    [ "$1" = base ] || digest base >"$venv/.installed-base" # dev and bench contain base
  fi
  if command -v flock >/dev/null; then
    exec 9>&-
  fi
}
