/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/version.h"

#include <string.h>

const char *const cni_version_texts[N_CNI_VERSIONS] = {
	"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"
};

enum cni_version cni_version_of(const char *text)
{
	if (!text || !*text)
		return CNI_0_1_0;
	for (int i = 0; i < N_CNI_VERSIONS; i++)
		if (strcmp(text, cni_version_texts[i]) == 0)
			return (enum cni_version)i;
	return CNI_UNKNOWN;
}
