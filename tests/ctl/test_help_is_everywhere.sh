. "$SOURCE/tests/ctl/ctl.inc.sh"

for words in "" pool node show version "pool create" "pool list" "pool delete" "node create" "node list"; do
	for help in --help -h; do
		exits 0 "$CTL" $words $help
		says "$T/out" "Usage: calico-ipamctl $words"
		silent "$T/err"
	done
done

# Each command with words of its own shows an example of itself.
for words in show doctor map metrics upgrade-from-host-local "pool create" "pool list" "pool delete" "node create" "node list"; do
	exits 0 "$CTL" $words --help
	says "$T/out" "Examples:"
	says "$T/out" "$words"
done

# Help needs neither the rest of the words nor a store.
CALICO_DATASTORE_TYPE=nonsense exits 0 "$CTL" pool create --cidr x --help
exits 0 "$CTL" help
exits 0 "$CTL" --version
exits 0 "$CTL" version -o json
sed -n 's/^    "version": "[0-9.]*"$/found/p' "$T/out" | grep -q found || fail "version -o json"
