# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/golden/golden.inc.sh"
play tests/golden/results_for_calico.golden
