# SPDX-License-Identifier: Apache-2.0
# Where podman has no word on it, its network is 10.88.0.0/16, and the next ones that it makes are 10.89.0.0/24 and
# upwards; nerdctl's are 10.4.0.0/24 and upwards.  Two bridges with one subnet: containers of one are not reached.
. "$SOURCE/tests/lint.inc.sh"

grep -nE '"10\.([4-9]|[1-6][0-9]|8[89]|9[0-9]|[12][0-9][0-9])\.' conf-examples/*.conflist |
	none_of "pools where podman or nerdctl make networks of their own"
