# SPDX-License-Identifier: Apache-2.0
# Sourced by what looks at all that is built for users.

# rooms: their folders, as the build has them.
rooms() {
	sed -n 's/^add_subdirectory(\([a-z]*\))$/\1/p' "${SOURCE:-.}/CMakeLists.txt"
}
