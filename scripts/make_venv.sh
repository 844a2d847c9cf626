#!/bin/sh
# Make a virtual environment with pip, also where Debian's python3-venv is not installed:
# then pip comes out of the package python3-pip-whl, which needs no root to be unpacked.
# Usage: make_venv.sh PYTHON FOLDER
set -eu
python=$1
folder=$2

"$python" - <<'EOF' || exit 1
import sys
if not (3, 10) <= sys.version_info[:2] <= (3, 13):
    sys.exit('Python 3.10 to 3.13 is needed, this is %d.%d: make PYTHON=python3.11 ...'
             % sys.version_info[:2])
EOF

if "$python" -c 'import ensurepip' 2>/dev/null; then
    exec "$python" -m venv "$folder"
fi
echo 'no ensurepip (Debian: package python3-venv): fetching pip without root'
"$python" -m venv --without-pip "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get download python3-pip-whl && dpkg-deb -x python3-pip-whl_*.deb .)
wheel=$(ls "$work"/usr/share/python-wheels/pip-*.whl)
"$folder/bin/python" "$wheel/pip" install --no-index "$wheel"
