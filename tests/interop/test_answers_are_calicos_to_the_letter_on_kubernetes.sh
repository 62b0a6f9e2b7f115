# SPDX-License-Identifier: Apache-2.0
# The same answers over a Kubernetes API server.
interop_store=kubernetes
. "$SOURCE/tests/interop/test_answers_are_calicos_to_the_letter.sh"
