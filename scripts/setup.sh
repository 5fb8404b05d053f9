# shellcheck shell=bash
# Sourced by the scripts beside it: makes .venv with what uv.lock names, and nothing when it is made.
# What it needs and cannot install itself it says in one sentence.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# A neighbour's environment must not lead ours astray.
unset PYTHONHOME PYTHONPATH PYTHONSTARTUP VIRTUAL_ENV CONDA_PREFIX
unset PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIRE_VIRTUALENV
unset UV_PROJECT_ENVIRONMENT UV_PYTHON UV_SYSTEM_PYTHON UV_PROJECT UV_NO_DEV UV_NO_SYNC UV_OFFLINE
export UV_PYTHON_DOWNLOADS=never

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
runs_here='import platform, sys
sys.exit(sys.platform != "linux" or platform.libc_ver()[0] != "glibc"
         or platform.machine() not in ("x86_64", "aarch64"))'

# Make .venv ready for "demo" (what the product needs) or "test" (what its workshop needs too).
set_up() (
  cd "$root" || exit 1
  wanted=$1
  stamp=$(cat uv.lock pyproject.toml scripts/uv.txt scripts/setup.sh | sha256sum)
  ready "$wanted" && exit 0
  [ -e .venv/stamp-test ] && wanted=test
  echo "Setting up .venv (this happens once, and again when uv.lock changes) ..." >&2
  own_venv || make_venv
  find_uv
  install_locked
  echo "$stamp" >".venv/stamp-$wanted"
)

stop() {
  echo "$*" >&2
  exit 1
}

ready() {
  own_venv || return 1
  [ "$(cat .venv/stamp-test 2>/dev/null)" = "$stamp" ] && return
  [ "$1" = demo ] && [ "$(cat .venv/stamp-demo 2>/dev/null)" = "$stamp" ]
}

# Whether .venv runs, and was made for this very folder: its programs name their folder.
own_venv() {
  .venv/bin/python -c "$new_enough" 2>/dev/null && grep -qF "$root/.venv" .venv/bin/activate
}

make_venv() {
  python=$(find_python) ||
    stop "Counterfoil needs Python 3.11 or newer: install it (on Debian or Ubuntu: apt-get install python3 python3-venv) and start again."
  "$python" -c "$runs_here" ||
    stop "Counterfoil needs Linux with the GNU C library on x86_64 or aarch64, and this is another machine."
  rm -rf .venv
  "$python" -m venv .venv >/dev/null 2>&1 ||
    "$python" -m venv --clear --without-pip .venv ||
    stop "$root/.venv cannot be made: let this account write there, or clone into a folder of its own."
}

find_python() {
  for name in python3.13 python3.12 python3.11 python3; do
    "$name" -c "$new_enough" 2>/dev/null && command -v "$name" && return
  done
  return 1
}

# uv, which alone reads uv.lock: of the pinned version by pip, else whichever this machine has.
find_uv() {
  [ -w "${HOME:-/nonexistent}" ] || export UV_CACHE_DIR=$root/.venv/cache PIP_NO_CACHE_DIR=1
  uv=.venv/bin/uv
  [ "$("$uv" --version 2>/dev/null | cut -d' ' -f2)" = "$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' scripts/uv.txt)" ] && return
  if .venv/bin/python -m pip --version >/dev/null 2>&1 ||
    .venv/bin/python -m ensurepip >/dev/null 2>&1; then
    pip=(.venv/bin/python -m pip)
  elif python=$(find_python) && "$python" -m pip --version >/dev/null 2>&1; then
    pip=("$python" -m pip --python .venv/bin/python)
  elif uv=$(command -v uv); then
    return
  else
    stop "This Python has no pip: install it (on Debian or Ubuntu: apt-get install python3-venv) and start again."
  fi
  "${pip[@]}" install --quiet --no-input --no-user --no-deps --only-binary :all: \
    --require-hashes --requirement scripts/uv.txt ||
    stop "uv could not be fetched: set-up needs a Python package index once; check the network, then start again."
}

install_locked() {
  [ "$wanted" = demo ] && groups=(--no-dev) || groups=()
  # Inexact: what else somebody put into .venv stays.
  "$uv" sync --quiet --frozen --inexact --compile-bytecode "${groups[@]}" ||
    stop "The packages of uv.lock could not be installed: the reason stands above; start again when it is mended."
}
