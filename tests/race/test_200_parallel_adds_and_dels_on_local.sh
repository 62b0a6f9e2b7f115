. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/race.inc.sh"

race "\"datastore_type\": \"local\", \"local_path\": \"$T/store\""
