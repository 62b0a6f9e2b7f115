/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/status.h"

enum status status_of_kind(enum err_kind kind)
{
	/* All others are STATUS_FAILED. */
	static const enum status of_kind[] = {
		[ERR_NOT_FOUND] = STATUS_NOT_FOUND,
		[ERR_EXISTS] = STATUS_CONFLICT,
		[ERR_CONFLICT] = STATUS_CONFLICT,
		[ERR_UNAVAILABLE] = STATUS_UNREACHABLE,
		[ERR_NO_SPACE] = STATUS_UNREACHABLE,
		[ERR_REFUSED] = STATUS_UNREACHABLE,
		[ERR_DEADLINE] = STATUS_UNREACHABLE,
		[ERR_DENIED] = STATUS_UNREACHABLE,
		[ERR_UNKNOWN_OUTCOME] = STATUS_UNREACHABLE,
	};

	return kind < ARRAY_LEN(of_kind) && of_kind[kind] ? of_kind[kind] : STATUS_FAILED;
}
