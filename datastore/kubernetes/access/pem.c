/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/access/pem.h"

#include "base/b64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool access_pem_given(const struct access_pem *pem)
{
	return pem->file || pem->text;
}

void pem_done(struct access_pem *pem)
{
	if (pem->text)
		explicit_bzero(pem->text, pem->len);
	free(pem->text);
	free(pem->file);
	memset(pem, 0, sizeof(*pem));
}

int pem_take_file(struct access_pem *pem, const char *path, const char *name, struct err *e)
{
	char *copy = strdup(path);

	if (!copy)
		return err_set(e, ERR_INTERNAL, "out of memory");
	pem_done(pem);
	pem->file = copy;
	snprintf(pem->name, sizeof(pem->name), "%s %s", name, path);
	return 0;
}

void pem_take_text(struct access_pem *pem, char *text, const char *name)
{
	pem_done(pem);
	pem->text = text;
	pem->len = strlen(text);
	snprintf(pem->name, sizeof(pem->name), "%s", name);
}

/* A folded text of YAML has line ends. */
static int decode(const char *data, struct buf *out)
{
	struct buf one_line __cleanup(buf_done) = BUF(B64_LEN(ACCESS_PEM_MAX));
	int rc;

	for (; *data; data++)
		if (*data != '\n' && *data != '\r')
			buf_putc(&one_line, *data);
	rc = one_line.failed ? -1 : b64_decode(out, one_line.data, one_line.len);
	explicit_bzero(one_line.data, one_line.len);
	return rc;
}

static int take_data(struct access_pem *pem, const struct kubeconfig_entry *entry,
		     enum kubeconfig_field field, struct err *e)
{
	struct buf out __cleanup(buf_done) = BUF(ACCESS_PEM_MAX);
	const char *wrong = NULL;

	if (decode(entry->value[field], &out) < 0)
		wrong = "is no base64";
	else if (out.failed || strlen(out.data) != out.len || !strstr(out.data, "-----BEGIN "))
		wrong = "is no PEM";
	if (wrong) {
		explicit_bzero(out.data, out.len);
		return err_set(e, ERR_CONFIG, "%s of \"%.60s\" %s; write the kubeconfig anew",
			       kubeconfig_key(field), entry->name, wrong);
	}
	pem_take_text(pem, out.data, "");
	out = (struct buf)BUF(0);
	snprintf(pem->name, sizeof(pem->name), "%s in %.120s", kubeconfig_key(field), entry->file);
	return 0;
}

int pem_take(struct access_pem *pem, const struct kubeconfig_entry *entry,
	     enum kubeconfig_field file, enum kubeconfig_field data, struct err *e)
{
	char *path __cleanup(free_text) = NULL;

	if (!entry || (!entry->value[file] && !entry->value[data]))
		return 0;
	if (entry->value[data])
		return take_data(pem, entry, data, e);
	path = kubeconfig_path(entry, entry->value[file]);
	if (!path)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return pem_take_file(pem, path, kubeconfig_key(file), e);
}
