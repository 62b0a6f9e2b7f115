# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/golden/golden.inc.sh"
play tests/golden/exact_addresses.golden
