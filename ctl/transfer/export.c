/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "base/new_file.h"
#include "ctl/transfer/archive.h"
#include "ctl/transfer/moment.h"
#include "ctl/cli/command.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/record/keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct export {
	struct store store;
	struct archive_writer writer;
	struct progress progress;
	const char *path;	/* NULL: standard output */
	struct new_file file;	/* what `path` becomes */
	FILE *spool;	/* owned: what stands before standard output */
	FILE *out;	/* one of these two */
};

static void export_done(struct export *x)
{
	archive_writer_done(&x->writer);
	if (x->spool)
		fclose(x->spool);
	new_file_done(&x->file);
	store_close(&x->store);
}

/* Standard output cannot be begun anew, so that a file of no name stands before it. */
static int open_file(struct export *x, struct err *e)
{
	if (x->path) {
		if (new_file_begin(&x->file, x->path, 0666, e) < 0 ||
		    new_file_open_stream(&x->file, x->path, e) < 0)
			return -1;
		x->out = x->file.stream;
		return 0;
	}
	x->out = x->spool = tmpfile();
	return x->out ? 0 : err_set(e, ERR_IO, "a temporary file: %s", strerror(errno));
}

static int look(const struct record *record, void *arg, struct err *e)
{
	struct export *x = arg;

	store_go_on(&x->store);
	/* What is this store's alone would say in another what is not so. */
	if (datastore_is_own(record->key))
		return 0;
	progress_tell(&x->progress, x->writer.n, 0);
	return archive_write(&x->writer, record, e);
}

static int begin(void *arg, struct err *e)
{
	struct export *x = arg;

	archive_writer_done(&x->writer);
	archive_write_begin(&x->writer, x->out, x->path ? x->path : "standard output");
	if (fseek(x->out, 0, SEEK_SET) != 0 || ftruncate(fileno(x->out), 0) < 0)
		return err_set(e, ERR_IO, "%s: %s", x->writer.path, strerror(errno));
	return 0;
}

static int write_records(struct export *x, struct err *e)
{
	if (moment_read(x->store.ds, KEY_ROOT, begin, look, x, e) < 0)
		return -1;
	return archive_write_end(&x->writer, e);
}

static int publish(struct export *x, struct err *e)
{
	if (new_file_sync(&x->file, x->path, e) < 0)
		return -1;
	return new_file_publish(&x->file, x->path, e);
}

static int copy_out(struct export *x, struct err *e)
{
	char part[1 << 16];
	size_t n;

	rewind(x->out);
	while ((n = fread(part, 1, sizeof(part), x->out)) > 0)
		if (io_write_fd(STDOUT_FILENO, part, n, "the output", e) < 0)
			return -1;
	return ferror(x->out) ? err_set(e, ERR_IO, "the temporary file cannot be read") : 0;
}

static int print(struct call *call, const struct export *x, struct err *e)
{
	char sum[ARCHIVE_SUM_TEXT];

	if (archive_sum_print(&x->writer.sum, SUM_SHA256, sum, e) < 0)
		return -1;
	answer_print(call, FIELDS({ "file", cell_text(x->path) },
				  { "records", cell_number(x->writer.n) },
				  { "sum", cell_text(sum) }),
		     "%" PRIu64 " records exported to %s, sum %s\n", x->writer.n, x->path, sum);
	return 0;
}

static int write_all(struct call *call, struct export *x, struct err *e)
{
	int rc;

	if (store_open_unsaid(&x->store, call->config, OPEN_TO_LOOK, e) < 0)
		return -1;
	if (datastore_traits(x->store.ds)->absent)
		return err_set(e, ERR_NOT_FOUND, "the %s is not there; say which is meant",
			       datastore_traits(x->store.ds)->place);
	store_say(&x->store);
	if (open_file(x, e) < 0)
		return -1;
	progress_begin(&x->progress, "records exported");
	rc = write_records(x, e);
	progress_end(&x->progress);
	if (rc < 0)
		return -1;
	return x->path ? publish(x, e) : copy_out(x, e);
}

static int export_run(struct call *call, struct err *e)
{
	struct export x __cleanup(export_done) = { .path = call->name, .file = NO_NEW_FILE };

	archive_write_begin(&x.writer, NULL, "");
	if (x.path && strcmp(x.path, "-") == 0)
		x.path = NULL;
	if (!x.path && call->yaml)
		return call_wrong_use(call, e, "export writes JSON; --output yaml only goes with a "
				      "FILE, for the message");
	if (write_all(call, &x, e) < 0)
		return err_wrap(e, "export");
	return x.path ? print(call, &x, e) : 0;
}

const struct command export_command = {
	.noun = "export",
	.name_argument = "FILE",
	.name_optional = true,
	.summary = "Write everything in the store to a file",
	.help =
	"All records under /calico/ as of one moment, as JSON with a checksum; to standard output\n"
	"without FILE.  A file that is there is replaced when the new one is complete.\n"
	"\n"
	"Import finds out whether a file was cut or edited.  By hand: the sum on its last line is\n"
	"what this prints\n"
	"  sed '1d;$d' ipam.json | sha256sum\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl export /var/backups/ipam.json\n"
	"  CALICO_DATASTORE_TYPE=local calico-ipamctl export | gzip >ipam.json.gz\n",
	.run = export_run,
};
