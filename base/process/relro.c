/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process/relro.h"

#include "base/attr.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whole pages: the linker lets what is constant end where a page does. */
static void protect(uintptr_t begin, size_t len)
{
	uintptr_t in_page = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
	uintptr_t end = (begin + len) & ~in_page;

	begin &= ~in_page;
	if (begin < end)
		mprotect((void *)begin, end - begin, PROT_READ);
}

static int protect_object(struct dl_phdr_info *object, size_t size __unused_arg,
			  void *arg __unused_arg)
{
	for (unsigned i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

		if (segment->p_type == PT_GNU_RELRO)
			protect(object->dlpi_addr + segment->p_vaddr, segment->p_memsz);
	}
	return 1;	/* the executable is the first, and libraries are the linker's */
}

void relro_protect(void)
{
	dl_iterate_phdr(protect_object, NULL);
}
