#include "ctl/node_name.h"

#include "base/io.h"
#include "base/json.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#define FILE_DEFAULT "/var/lib/calico/nodename"

/* What is empty or does not fit counts as absent. */
static bool take(const char *text, char ret[NODE_NAME_TEXT])
{
	if (!text || !*text || strlen(text) >= NODE_NAME_TEXT)
		return false;
	stpcpy(ret, text);
	return true;
}

static bool take_file(const char *path, char ret[NODE_NAME_TEXT])
{
	struct buf text __cleanup(buf_done);
	struct err ignored = { 0 };

	buf_init(&text, NODE_NAME_TEXT - 1);
	return io_read_file(path && *path ? path : FILE_DEFAULT, &text, &ignored) == 0 &&
	       take(text.data, ret);
}

static void take_host_name(char ret[NODE_NAME_TEXT])
{
	char name[NODE_NAME_TEXT] = "";

	gethostname(name, sizeof(name) - 1);
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	take(name, ret);
}

void node_name(const struct cJSON *plugin, char ret[NODE_NAME_TEXT])
{
	ret[0] = '\0';
	if (!take(json_string(json_field(plugin, "nodename")), ret) &&
	    !take_file(json_string(json_field(plugin, "nodename_file")), ret) &&
	    !take(json_string(json_field(plugin, "hostname")), ret))
		take_host_name(ret);
}
