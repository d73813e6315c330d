/* daybook-parser: what strangers wrote is read here and nowhere else, each message in a locked process. */
#include "ingest/unpack.h"
#include "mime/mail.h"
#include "readers.h"
#include "sandbox/program.h"
#include "sandbox/spawn.h"

static const struct sandbox_conf conf = {
	.connectors = connector_readers, .warm_up = mime_warm_up, .unpack = unpack_conf,
};

int main(int argc, char **argv)
{
	return program_main(argc, argv, &conf);
}
