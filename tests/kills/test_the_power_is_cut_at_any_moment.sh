# SPDX-License-Identifier: Apache-2.0
# The local store; what may be found afterwards is in tests/kills/disk.h.
. "$SOURCE/tests/kills/kills.inc.sh"

kills power_cut local "${KILLS_EVERY:-5}"
