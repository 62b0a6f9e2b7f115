# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/race.inc.sh"

use_store "CALICO_LOCAL_PATH=$T/store"
race "\"datastore_type\": \"local\", \"local_path\": \"$T/store\""
