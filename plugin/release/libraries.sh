#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds what `cmake --preset release` links: musl, a libcurl that speaks HTTP and HTTPS only,
# OpenSSL, nghttp2, cJSON, LMDB, libuuid, libyaml, libnl and libmicrohttpd, all static, from the source packages of Debian 13.
#
#	sh plugin/release/libraries.sh [folder]		build/static unless told otherwise
#
# For Debian 12 or later, on the architecture that the executables are for. Needs root only where
# a build tool is missing. apt verifies what is fetched, by the archive's signatures, with lists of
# its own in the folder: the system's sources stay as they are. What is built already is kept,
# until this folder of the project changes. Why these libraries: docs/BENCH-TLS.md.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:-$here/../../build/static}"
to=$(cd "${1:-$here/../../build/static}" && pwd)
jobs=$(nproc)
tools='bzip2 cmake dpkg-dev gcc libc6-dev linux-libc-dev make patch perl pkg-config xz-utils'
packages='musl openssl nghttp2 curl cjson lmdb util-linux libyaml libnl3 libmicrohttpd'
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

stamp=$(cat "$here"/libraries.sh "$here"/*.patch | sha256sum)
if [ -e "$to/built" ] && [ "$(cat "$to/built")" = "$stamp" ]; then
	echo "static libraries: in $to already"
	exit 0
fi
rm -rf "$to/built" "$to/apt" "$to/source" "$to/work" "$to/include" "$to/lib" "$to/bin"

say() {
	echo "static libraries: $*"
}

# Runs a step quietly; its log is shown when it fails.
quietly() {
	"$@" >"$to/log" 2>&1 || {
		tail -n 40 "$to/log" >&2
		say "failed: $*" >&2
		exit 1
	}
}

install_tools() {
	missing=
	for tool in $tools; do
		dpkg-query -W -f '${Status}' "$tool" 2>/dev/null | grep -q 'ok installed' || missing="$missing $tool"
	done
	[ -z "$missing" ] && return
	say "installing$missing"
	quietly apt-get update
	# shellcheck disable=SC2086
	quietly apt-get install -y --no-install-recommends $missing
}

apt_here() {
	command=$1
	shift
	"$command" -o Dir::Etc::SourceList="$to/apt/sources.list" -o Dir::Etc::SourceParts=- \
		-o Dir::State::Lists="$to/apt/lists" -o Dir::Cache="$to/apt/cache" \
		-o APT::Sandbox::User=root "$@"
}

prepare_apt() {
	mkdir -p "$to/apt/lists/partial" "$to/apt/cache/archives/partial" "$to/source"
	key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
	mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
	security=${DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
	{
		echo "deb-src $key $mirror trixie main"
		echo "deb-src $key $security trixie-security main"
	} >"$to/apt/sources.list"
	quietly apt_here apt-get update
}

# The newest version that the mirror still, or already, has.
fetch() {
	versions=$(apt_here apt-cache showsrc --only-source "$1" | sed -n 's/^Version: //p' | sort -rV | uniq)
	for version in $versions; do
		if (cd "$to/source" && apt_here apt-get source --download-only "$1=$version") >"$to/log" 2>&1; then
			say "$1 $version"
			quietly dpkg-source --no-check -x "$to/source/$(dsc "$1" "$version")" "$to/work/$1"
			return
		fi
		! unpack_upstream "$1" || return 0
	done
	tail -n 20 "$to/log" >&2
	say "cannot fetch the source of $1" >&2
	exit 1
}

# Of libnl Debian changes nothing that is built here: where a mirror has only its authors' archive,
# which apt has verified like the rest, that is enough.
unpack_upstream() {
	[ "$1" = libnl3 ] && archive=$(ls "$to/source/$1"_*.orig.tar.gz 2>/dev/null) || return 1
	say "${archive##*/}"
	mkdir "$to/work/$1"
	quietly tar -xf "$archive" -C "$to/work/$1" --strip-components=1
}

dsc() {
	echo "$1_${2#*:}.dsc"
}

patched() {
	for patch in "$here/$1"-*.patch; do
		[ ! -e "$patch" ] || quietly patch -d "$to/work/$1" -p1 -i "$patch"
	done
}

# Small code: a request runs through most of it once. OpenSSL's arithmetic is assembly.
flags='-Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fstack-protector-strong'

with_cmake() {
	name=$1
	shift
	quietly cmake -S "$to/work/$name" -B "$to/work/$name-build" -DCMAKE_BUILD_TYPE=None \
		-DCMAKE_C_COMPILER="$to/bin/musl-gcc" -DCMAKE_C_FLAGS="$flags -ffile-prefix-map=$to/work/=" -DBUILD_SHARED_LIBS=OFF \
		-DCMAKE_FIND_ROOT_PATH="$to" -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY \
		-DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY -DCMAKE_PREFIX_PATH="$to" \
		-DCMAKE_INSTALL_PREFIX="$to" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_POLICY_VERSION_MINIMUM=3.5 "$@"
	quietly make -C "$to/work/$name-build" -j"$jobs" install
}

# With the faster of musl's allocators, 0.6 ms of a TLS handshake and 0.1 ms of a plain request, and
# without `rep movs`, whose start-up costs more than the few bytes that are moved mostly.
build_musl() {
	for moves in memcpy memmove memset; do
		rm -f "$to/work/musl/src/string/x86_64/$moves.s"
	done
	cd "$to/work/musl"
	quietly ./configure --prefix="$to" --syslibdir="$to/lib" --disable-shared --enable-wrapper=gcc \
		--with-malloc=oldmalloc CFLAGS="$flags -O2"
	quietly make -j"$jobs" install
	ln -s /usr/include/linux /usr/include/asm-generic "/usr/include/$(gcc -print-multiarch)/asm" "$to/include/"
}

# OpenSSL makes an object of every algorithm of a kind once one of that kind is asked for. These are none that TLS,
# a certificate or a key without a password has a use for: 1.7 million instructions of each TLS connection.
list_fewer_algorithms() {
	unused='SHA2_256_192|SHA2_512_224|KECCAK_\w+|AES_192_\w+|AES_\d+_(?:CBC_CTS|OFB|CFB\d?|XTS|OCB|SIV|GCM_SIV|WRAP\w*|CBC_HMAC\w+)
		|[CGK]MAC\w*|SIPHASH|POLY1305|(?:SS|PB|PKCS12|SSH|X963|KB|X942|KRB5)KDF\w*|HMAC_DRBG\w*|HASH_DRBG|TEST_RAND
		|(?:RSA|ECDSA)_SHA\w+|ED\d+(?:ph|ctx)'
	UNUSED=$unused perl -0pi -e 's/^\s+(?:\{|ALGC?\()\s*PROV_NAMES_(?:$ENV{UNUSED})\s*,[^}]*?(?:\}|\)),\n//gmx' "$1"
}

# What TLS 1.2 and 1.3 with certificates and the suites of datastore/http/tls_names.c need. A process
# that ends has no use for OpenSSL's tidying up: a million instructions. It notes when, where to and by which compiler
# it was built, and must note the same wherever and whenever that is.
build_openssl() {
	mkdir "$to/work/openssl-build"
	cd "$to/work/openssl-build"
	list_fewer_algorithms ../openssl/providers/defltprov.c
	off=
	for what in afalgeng argon2 aria async atexit autoload-config bf blake2 camellia cast cmp cms comp ct des dh dsa dso \
		dtls ec2m engine gost http idea integrity-only-ciphers ktls legacy md4 mdc2 ml-dsa ml-kem module \
		multiblock nextprotoneg ocsp psk quic rc2 rc4 rfc3779 rmd160 scrypt seed shared siphash slh-dsa sm2 \
		sm3 sm4 srp srtp ssl-trace tests tls-deprecated-ec ts ui-console whirlpool; do
		off="$off no-$what"
	done
	SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l "$to/work/openssl/debian/changelog" -S Timestamp)
	export SOURCE_DATE_EPOCH
	# shellcheck disable=SC2086
	PATH=$to/bin:$PATH CC=musl-gcc quietly perl ../openssl/Configure --prefix=/usr --libdir=lib --openssldir=/etc/ssl $off $flags
	PATH=$to/bin:$PATH quietly make -j"$jobs" build_libs
	PATH=$to/bin:$PATH quietly make DESTDIR="$to/work/openssl-root" install_dev
	cp -R "$to/work/openssl-root/usr/include" "$to/work/openssl-root/usr/lib" "$to/"
	sed -i "s|^prefix=/usr\$|prefix=$to|" "$to"/lib/pkgconfig/libcrypto.pc "$to"/lib/pkgconfig/libssl.pc "$to"/lib/pkgconfig/openssl.pc
}

build_nghttp2() {
	with_cmake nghttp2 -DENABLE_LIB_ONLY=ON -DBUILD_STATIC_LIBS=ON -DBUILD_TESTING=OFF -DENABLE_DOC=OFF
}

# No roots are compiled in: the product looks for the system's by itself.
build_curl() {
	off=
	for what in ALTSVC AWS BASIC_AUTH BEARER_AUTH COOKIES DIGEST_AUTH DOH FORM_API GETOPTIONS HEADERS_API \
		HSTS KERBEROS_AUTH MIME NEGOTIATE_AUTH NETRC NTLM SRP WEBSOCKETS; do
		off="$off -DCURL_DISABLE_$what=ON"
	done
	for what in CURL_BROTLI CURL_USE_LIBPSL CURL_USE_LIBSSH2 CURL_USE_PKGCONFIG CURL_ZLIB \
		CURL_ZSTD BUILD_CURL_EXE BUILD_EXAMPLES BUILD_LIBCURL_DOCS BUILD_MISC_DOCS BUILD_TESTING \
		ENABLE_CURL_MANUAL ENABLE_UNIX_SOCKETS USE_LIBIDN2; do
		off="$off -D$what=OFF"
	done
	# shellcheck disable=SC2086
	with_cmake curl -DHTTP_ONLY=ON -DUSE_NGHTTP2=ON -DCURL_USE_OPENSSL=ON -DOPENSSL_ROOT_DIR="$to" \
		-DOPENSSL_USE_STATIC_LIBS=ON -DCURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG=ON -DBUILD_STATIC_LIBS=ON \
		-DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none $off
}

build_cjson() {
	with_cmake cjson -DENABLE_CJSON_TEST=OFF -DENABLE_CJSON_UTILS=OFF
}

build_lmdb() {
	cd "$to/work/lmdb/libraries/liblmdb"
	# shellcheck disable=SC2086
	quietly "$to/bin/musl-gcc" -std=gnu99 $flags -DNDEBUG -c mdb.c midl.c
	quietly ar rcs "$to/lib/liblmdb.a" mdb.o midl.o
	cp lmdb.h "$to/include/"
}

# libuuid alone, by hand: the package's configure and make are for its hundred programs.
build_util_linux() {
	cd "$to/work/util-linux"
	has=
	for what in ERR_H ERRX GETRANDOM JRAND48 NANOSLEEP REALLOCARRAY STDLIB_H SYS_FILE_H SYS_SYSCALL_H SYS_TIME_H \
		SYS_UN_H TLS UNISTD_H; do
		has="$has -DHAVE_$what"
	done
	rm libuuid/src/test_uuid.c
	# shellcheck disable=SC2086
	quietly "$to/bin/musl-gcc" -std=gnu99 $flags -D_GNU_SOURCE $has -D_PATH_RUNSTATEDIR='"/run"' \
		-D_PATH_LOCALSTATEDIR='"/var"' -Iinclude -Ilibuuid/src \
		-c libuuid/src/*.c lib/md5.c lib/randutils.c lib/sha1.c
	quietly ar rcs "$to/lib/libuuid.a" ./*.o
	mkdir "$to/include/uuid"
	cp libuuid/src/uuid.h "$to/include/uuid/"
}

# Its core alone, by hand: the package's configure wants bison and flex, for what is not built here.
build_libnl3() {
	mkdir "$to/work/libnl3/objects"
	cd "$to/work/libnl3/objects"
	: >defs.h
	# shellcheck disable=SC2086
	quietly "$to/bin/musl-gcc" -std=gnu99 $flags -D_GNU_SOURCE -DNDEBUG -DDISABLE_PTHREADS \
		-DSYSCONFDIR='"/etc/libnl"' -I. -I../include -I../include/linux-private -I../lib -c ../lib/*.c
	quietly ar rcs "$to/lib/libnl-3.a" ./*.o
	cp -R ../include/netlink "$to/include/"
}

build_libyaml() {
	with_cmake libyaml -DBUILD_TESTING=OFF
}

# For the command alone, and as much of it as answers a GET: no TLS, passwords, forms or threads'
# worth of options. What Debian's patches touch is not to be made anew by tools that are not here.
build_libmicrohttpd() {
	cd "$to/work/libmicrohttpd"
	find . -name '*.am' -o -name '*.ac' -o -name '*.m4' | xargs touch -d @0
	find . -name configure -o -name 'Makefile.in' -o -name '*.h.in' -o -name aclocal.m4 | xargs touch
	quietly ./configure --prefix="$to" --libdir="$to/lib" --disable-shared --enable-static --disable-https --disable-bauth \
		--disable-dauth --disable-postprocessor --disable-httpupgrade --disable-cookie --disable-doc --disable-examples \
		--disable-curl --disable-tools --disable-dependency-tracking --without-gnutls CC="$to/bin/musl-gcc" LDFLAGS=-static \
		CFLAGS="$flags -ffile-prefix-map=$to/work/="
	quietly make -C src/include install
	quietly make -C src/microhttpd -j"$jobs" install-libLTLIBRARIES
}

# pkg-config's plain answer is all that a static link needs.
describe() {
	mkdir -p "$to/lib/pkgconfig"
	cat >"$to/lib/pkgconfig/$1.pc" <<-END
		prefix=\${pcfiledir}/../..
		Name: $1
		Description: $1, static
		Version: 0
		Cflags: -I\${prefix}/include
		Libs: -L\${prefix}/lib $2
	END
}

install_tools
prepare_apt
mkdir -p "$to/work"
for package in $packages; do
	fetch "$package"
	patched "$package"
done
for package in $packages; do
	say "building $package"
	(build_"$(echo "$package" | tr - _)")
done
describe libcurl '-lcurl -lnghttp2 -lssl -lcrypto'
describe libcjson -lcjson
describe uuid -luuid
describe yaml-0.1 -lyaml
describe libnl-3.0 -lnl-3
describe libmicrohttpd -lmicrohttpd
rm -rf "$to/work" "$to/source" "$to/apt" "$to/log"
echo "$stamp" >"$to/built"
say "in $to"
