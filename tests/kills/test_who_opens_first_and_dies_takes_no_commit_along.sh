# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/kills/kills.inc.sh"

mkdir "$T/store"
"$DEVELOPED/tests/first_opener" "$PLUGIN" "$CTL" "$T/store"
