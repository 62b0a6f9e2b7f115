# SPDX-License-Identifier: Apache-2.0
# curl.h stays within datastore/http, by way of transfer.h; lmdb.h, netlink/netlink.h and microhttpd.h are included by one file, yaml.h by its reader and its writer, cJSON.h by base/json.c alone,
# OpenSSL's digests by base/digest/sha256.c, ctl/transfer/archive_sum.c and datastore/kubernetes/kind.c, its sessions by datastore/http/session.c, and the rest of it by ctl/doctor/certificate.c, and no other header shows a type of
# theirs, except the forward declaration of struct cJSON. The bench measures LMDB itself, beside ours, and the tests' server of
# HTTP/2 is made of OpenSSL and nghttp2.
. "$SOURCE/tests/lint.inc.sh"

including() {
	grep -lE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]([^>\"]*/)?$1[>\"]" $(sources '*.c' '*.h' | grep -v '^tests/bench/') /dev/null || true
}

for header in 'curl\.h' 'lmdb\.h' 'cJSON\.h' 'netlink/netlink\.h' 'microhttpd\.h'; do
	files=$(including "$header")
	[ "$(echo "$files" | grep -c .)" = 1 ] || {
		echo "one file must include $header, not: ${files:-none}" >&2
		exit 1
	}
done
[ "$(including 'curl\.h')" = datastore/http/transfer.h ] || {
	echo "curl.h belongs to datastore/http/transfer.h" >&2
	exit 1
}
including 'datastore/http/transfer\.h' | grep -v '^datastore/http/' | none_of "libcurl outside of datastore/http"
[ "$(including 'cJSON\.h')" = base/json.c ] || {
	echo "cJSON.h belongs to base/json.c" >&2
	exit 1
}
[ "$(grep -l '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]yaml\.h' $(sources '*.c' '*.h') | sort | xargs)" = 'base/yaml/yaml_read.c base/yaml/yaml_write.c' ] || {
	echo "libyaml's yaml.h belongs to base/yaml/yaml_read.c and base/yaml/yaml_write.c" >&2
	exit 1
}
[ "$(including 'openssl/evp\.h' | sort | xargs)" = 'base/digest/sha256.c ctl/transfer/archive_sum.c datastore/kubernetes/kind.c' ] || {
	echo "OpenSSL's evp.h belongs to base/digest/sha256.c, ctl/transfer/archive_sum.c and datastore/kubernetes/kind.c" >&2
	exit 1
}
[ "$(including 'openssl/[a-z0-9_]+\.h' | grep -vE '^(base/digest/sha256|ctl/transfer/archive_sum|datastore/kubernetes/kind|datastore/http/session|tests/datastore/fixture_http2)\.c$')" = ctl/doctor/certificate.c ] || {
	echo "OpenSSL's headers belong to ctl/doctor/certificate.c and datastore/http/session.c" >&2
	exit 1
}

grep -nE '\b(CURL|CURLM|CURLcode|CURLMcode|curl_(slist|off_t|blob)|MDB_(env|txn|val|cursor|dbi)|X509|BIO|ASN1_[A-Z]+|EVP_[A-Z_]+|yaml_[a-z]+_(t|e)|struct MHD_[A-Za-z]+|cJSON_[A-Za-z]+)\b' \
	$(sources '*.h' | grep -v '^datastore/http/transfer\.h$') /dev/null | none_of "types of foreign libraries in a header"

# struct cJSON may be named and pointed to, never used as a value or looked into.
grep -nE '\bcJSON\b' $(sources '*.h') /dev/null |
	grep -vE ':[[:space:]]*(/?\*|//)|cJSON is|over cJSON' |
	grep -vE 'struct cJSON( \*|;)' | none_of "cJSON as more than a pointer in a header"
