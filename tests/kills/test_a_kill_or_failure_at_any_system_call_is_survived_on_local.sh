# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/kills/kills.inc.sh"

kills at_each_call local "$every"
