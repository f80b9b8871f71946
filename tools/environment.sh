#!/usr/bin/env bash
# Makes .venv from requirements-dev.lock, every package pinned and checked by its hash, and this project in it.
# Nothing outside this folder changes. PYTHON names the Python to use.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv

fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

choose_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14}; do
        if fits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    local found
    found=$("${PYTHON:-python3}" --version 2>&1) || found="there is none"
    echo "Python 3.11 or newer is needed, but for ${PYTHON:-python3}: $found." >&2
    echo "Install one (on Debian 12: apt install python3) and name it if need be: PYTHON=/path/to/python3.11 make run" >&2
    exit 2
}

# Debian keeps the pip that venv copies in a package of its own, python3-venv. Without it, pip's wheel will do.
make_venv_without_ensurepip() {
    local python=$1 wheel
    "$python" -m venv --clear --without-pip "$venv"
    wheel=$(compgen -G '/usr/share/python-wheels/pip-*.whl' || true)
    if [ -z "$wheel" ]; then
        echo "python3-venv is not installed: fetching pip into .cache/pip/ ..."
        if [ ! -d .cache/pip ] && ! "$python" -m tools.debian_packages .cache/pip python3-pip-whl; then
            echo "This Python has no pip and none can be fetched. The way out, on Debian: apt install python3-venv" >&2
            exit 2
        fi
        wheel=$(compgen -G '.cache/pip/usr/share/python-wheels/pip-*.whl')
    fi
    "$venv/bin/python" "$wheel/pip" --disable-pip-version-check install --quiet --no-index "$wheel"
}

make_venv() {
    local python
    python=$(choose_python)
    echo "Making .venv with $("$python" --version) ..."
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv --clear "$venv"
    else
        make_venv_without_ensurepip "$python"
    fi
}

if ! { fits "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }; then
    make_venv
fi
echo "Installing what requirements-dev.lock pins into .venv ..."
pip=("$venv/bin/python" -m pip --disable-pip-version-check --no-input --quiet install)
"${pip[@]}" --require-hashes --requirement requirements-dev.lock
# Built with the pinned hatchling of the lock: a build in isolation would fetch one that nobody pinned.
"${pip[@]}" --no-index --no-deps --no-build-isolation --editable .
touch "$venv/.ready"
