# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"

use_local_store

# wrong "WHAT IS SAID" WORDS...
wrong() {
	wrong_words=$1
	shift
	exits 2 "$CTL" "$@"
	says "$T/err" "$wrong_words"
	says "$T/err" "Try: calico-ipamctl"
	silent "$T/out"
}

wrong 'no command is given'
wrong '"frob" is not a command' frob
wrong 'pool has no command "frob"' pool frob
wrong 'what to do with the pools' pool
wrong 'NAME is missing' pool create --cidr 10.0.0.0/16
wrong '--cidr is missing' pool create p
wrong '--cidr needs a value' pool create p --cidr
wrong '--cidr is given twice' pool create p --cidr 10.0.0.0/16 --cidr=10.1.0.0/16
wrong 'pool create has no option --cird' pool create p --cird 10.0.0.0/16
wrong 'show has no option -x' show -x
wrong '--blocks is not known before the command' --blocks show
wrong '--blocks takes no value' show --blocks=yes
wrong '"q" is one word too many' pool delete p q
wrong '"all" is one word too many' node list all
wrong '--block-size "big"' pool create p --cidr 10.0.0.0/16 --block-size big
wrong '--block-size "0"' pool create p --cidr 10.0.0.0/16 --block-size 0
wrong '--output "xml"' pool list -o xml
wrong '-o needs a value' pool list -o
wrong '-c needs a value' pool list -c
wrong 'show has no option -hx' show -hx
wrong '--label "rack"' node create n --label rack
wrong '--label "a b=c"' node create n --label 'a b=c'
says "$T/err" 'node create --help'

[ ! -e "$T/store" ] || fail "a store was made by wrong use"

# After "--" everything is a name.
exits 3 "$CTL" pool delete -- --help
says "$T/err" 'resource does not exist: IPPool(--help)'
