/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>

__attribute__((weak)) int run_as_task(int argc, char *argv[])
{
	(void)argc;
	fprintf(stderr, "%s takes no arguments\n", argv[0]);
	return 2;
}

int main(int argc, char *argv[])
{
	SRunner *runner;
	int failed;

	if (argc > 1)
		return run_as_task(argc, argv);
	runner = srunner_create(suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
